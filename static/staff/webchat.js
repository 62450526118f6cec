/* Tells every 20 seconds that the page is open, which does not keep anybody signed in, and says when there is something new. */
(() => {
  const path = document.currentScript.dataset.presence;
  const said = document.querySelector("[data-new]");
  const title = document.title.replace(/^\(\d+\) /, "");
  let first;
  setInterval(async () => {
    try {
      const answer = await fetch(path, { method: "POST" });
      if (!answer.ok) {
        said.textContent = "You are signed out or have no role for this any more: look again.";
        return;
      }
      const now = await answer.json();
      first = first || now;
      document.title = now.waiting ? `(${now.waiting}) ${title}` : title;
      if (now.said !== first.said || now.waiting !== first.waiting) said.textContent = "There is something new: look again.";
    } catch {
      said.textContent = "No connection just now.";
    }
  }, 20000);
})();
