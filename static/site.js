/* Runs before anything is painted, so that somebody who left and presses Back sees nothing, and Quick exit works while the page still
   loads. Makes nicer what works without: leaving quickly, and choosing about cookies without a reload. Written for old browsers. */
(function () {
  'use strict';
  var root = document.documentElement, channel = null, gone = false;
  var neutral = document.currentScript.getAttribute('data-away');

  /* 1. Back. The press on Quick exit marks the tab. As long as the mark is there, Back leads on to the neutral site, also when the lock
     of a few minutes is over. Any other way to a page of ours ends that. */
  function isMarked() { try { return sessionStorage.getItem('tab') === 'left'; } catch (e) { return false; } }
  function isBack() {
    try {
      var entry = performance.getEntriesByType && performance.getEntriesByType('navigation')[0];
      return entry ? entry.type === 'back_forward' : performance.navigation.type === 2;
    } catch (e) { return false; }
  }
  function away() {
    root.style.display = 'none';
    document.title = 'Loading';
    /* Nothing more of the page is read, its title least of all. */
    try { window.stop(); } catch (e) { /* an old browser reads on, unseen */ }
    window.location.replace(neutral);
  }
  window.addEventListener('pageshow', function (event) { if (event.persisted && isMarked()) { away(); } });
  if (isMarked()) {
    if (isBack()) { away(); return; }
    try { sessionStorage.removeItem('tab'); } catch (e) { /* no storage */ }
  }

  /* 2. Quick exit. The page is hidden, and its tab shows nothing of ours, while the exit travels. */
  function hide() {
    if (gone) { return; }
    gone = true;
    root.style.display = 'none';
    document.title = 'Loading';
    var icons = document.querySelectorAll('link[rel~="icon"], link[rel="apple-touch-icon"]'), blank = document.createElement('link');
    for (var at = 0; at < icons.length; at += 1) { icons[at].parentNode.removeChild(icons[at]); }
    blank.rel = 'icon'; blank.href = 'data:,';
    document.head.appendChild(blank);
    try { sessionStorage.setItem('tab', 'left'); } catch (e) { /* Back is led away by the lock alone */ }
  }
  function go() {
    hide();
    if (navigator.onLine === false) { window.location.replace(neutral); return; }
    window.location.replace('/quick-exit');
    setTimeout(function () { window.location.replace(neutral); }, 1500);
  }
  function leave() {
    hide();
    try { if (channel) { channel.postMessage('leave'); } } catch (e) { /* other tabs stay */ }
    try { localStorage.setItem('leave', String(Math.random())); localStorage.removeItem('leave'); } catch (e) { /* no storage */ }
    go();
  }
  try { channel = new BroadcastChannel('leave'); channel.onmessage = go; } catch (e) { channel = null; }
  window.addEventListener('storage', function (event) { if (event.key === 'leave' && event.newValue) { go(); } });
  window.addEventListener('pageshow', function (event) { if (event.persisted && gone && !isMarked()) { go(); } });
  document.addEventListener('click', function (event) {
    var link = event.target.closest ? event.target.closest('[data-quick-exit]') : null;
    if (link) { event.preventDefault(); leave(); }
  });

  /* 3. Shift by itself, pressed and released three times with nothing else in between. */
  var presses = 0, timer = 0, alone = false;
  function say(text) {
    var status = document.querySelector('[data-exit-status]');
    if (status) { status.textContent = text; }
  }
  function forget() { presses = 0; say(''); }
  function interrupt() { alone = false; if (presses) { forget(); } }
  document.addEventListener('keydown', function (event) {
    if (event.isComposing || event.repeat) { return; }
    if (event.key === 'Shift') { alone = true; } else { interrupt(); }
  }, true);
  document.addEventListener('keyup', function (event) {
    if (event.key !== 'Shift' || !alone || event.isComposing) { return; }
    alone = false;
    presses += 1;
    clearTimeout(timer);
    timer = setTimeout(forget, 5000);
    if (presses >= 3) { leave(); return; }
    say('Shift: press ' + (3 - presses) + ' more to leave.');
  }, true);
  ['mousedown', 'pointerdown', 'touchstart', 'wheel'].forEach(function (kind) {
    document.addEventListener(kind, interrupt, { capture: true, passive: true });
  });
  window.addEventListener('blur', interrupt);
  document.addEventListener('DOMContentLoaded', function () {
    var note = document.querySelector('[data-exit-note]');
    if (note) { note.hidden = false; }
  });

  /* 4. Cookies. A second click on a choice sends nothing. */
  document.addEventListener('submit', function (event) {
    var form = event.target, button = event.submitter || document.activeElement;
    if (form.method !== 'post') { return; }
    if (form.sent) { event.preventDefault(); return; }
    form.sent = true;
    if (!form.hasAttribute('data-cookies-form') || !window.fetch || !window.DOMParser || !button || button.name !== 'choice') { return; }
    event.preventDefault();
    var body = 'choice=' + button.value + '&return_to=' + encodeURIComponent(form.elements.return_to.value);
    fetch('/cookies', { method: 'POST', body: body, credentials: 'same-origin', headers: { 'Content-Type': 'application/x-www-form-urlencoded' } })
      .then(function (answer) { return answer.text(); })
      .then(function (text) {
        var fresh = new DOMParser().parseFromString(text, 'text/html').querySelector('[data-cookies]');
        var old = document.querySelector('[data-cookies]');
        if (!fresh) { throw new Error('no answer'); }
        old.parentNode.replaceChild(document.importNode(fresh, true), old);
        var said = document.querySelector('[data-cookies-said]');
        if (said) { said.tabIndex = -1; said.focus(); }
      })
      .catch(function () {
        var choice = document.createElement('input');
        choice.type = 'hidden'; choice.name = 'choice'; choice.value = button.value;
        form.appendChild(choice); form.submit();
      });
  });
  window.addEventListener('pageshow', function (event) {
    if (event.persisted) { [].forEach.call(document.forms, function (form) { form.sent = false; }); }
  });
  document.addEventListener('click', function (event) {
    var link = event.target.closest ? event.target.closest('[data-cookies-hide]') : null;
    if (!link) { return; }
    event.preventDefault();
    var box = document.querySelector('[data-cookies]'), main = document.getElementById('content');
    box.parentNode.removeChild(box);
    if (main) { main.focus(); }
    tidy();
  });
  /* The mark of a saved choice has done its work once the page is shown; a bookmark should not hold it. */
  function tidy() {
    var search = window.location.search.replace(/([?&])cookies=saved(&|$)/, function (all, first, last) { return last ? first : ''; });
    if (search === window.location.search || !window.history.replaceState) { return; }
    window.history.replaceState(null, '', window.location.pathname + search + window.location.hash);
  }
  tidy();
}());
