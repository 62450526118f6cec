/* Makes nicer what works without: leaving quickly, and choosing about cookies without a reload. Written for old browsers. */
(function () {
  'use strict';
  var root = document.documentElement, channel = null, left = false;
  function hide() { left = true; root.style.display = 'none'; }
  function go() { hide(); window.location.replace('/quick-exit'); }
  function leave() {
    hide();
    try { if (channel) { channel.postMessage('leave'); } } catch (e) { /* other tabs stay */ }
    try { localStorage.setItem('leave', String(Math.random())); localStorage.removeItem('leave'); } catch (e) { /* no storage */ }
    go();
  }
  try { channel = new BroadcastChannel('leave'); channel.onmessage = go; } catch (e) { channel = null; }
  window.addEventListener('storage', function (event) { if (event.key === 'leave' && event.newValue) { go(); } });
  window.addEventListener('pageshow', function (event) { if (event.persisted && left) { go(); } });
  document.addEventListener('click', function (event) {
    var link = event.target.closest ? event.target.closest('[data-quick-exit]') : null;
    if (link) { event.preventDefault(); leave(); }
  });
  var presses = 0, timer = 0, alone = false, status = document.querySelector('[data-exit-status]');
  function say(text) { if (status) { status.textContent = text; } }
  function forget() { presses = 0; say(''); }
  document.addEventListener('keydown', function (event) {
    if (event.isComposing || event.repeat) { return; }
    if (event.key === 'Shift') { alone = true; } else { alone = false; forget(); }
  }, true);
  document.addEventListener('keyup', function (event) {
    if (event.key !== 'Shift' || !alone || event.isComposing) { return; }
    presses += 1;
    clearTimeout(timer);
    timer = setTimeout(forget, 5000);
    if (presses >= 3) { leave(); return; }
    say('Shift: press ' + (3 - presses) + ' more to leave.');
  }, true);
  var note = document.querySelector('[data-exit-note]');
  if (note) { note.hidden = false; }
  document.addEventListener('submit', function (event) {
    var form = event.target, button = document.activeElement;
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
  document.addEventListener('click', function (event) {
    var link = event.target.closest ? event.target.closest('[data-cookies-hide]') : null;
    if (!link) { return; }
    event.preventDefault();
    var box = document.querySelector('[data-cookies]'), main = document.getElementById('content');
    box.parentNode.removeChild(box);
    if (main) { main.focus(); }
  });
}());
