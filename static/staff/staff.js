/* Makes nicer what works without. Each page's part starts only where its elements are. */

/* Who gives a day or a time means that time, and not "now". */
document.querySelectorAll("[data-when]").forEach((box) => {
  box.addEventListener("input", (event) => {
    if (event.target.value && ["date", "time"].includes(event.target.name)) {
      box.querySelector("[value=later]").checked = true;
    }
  });
});

/* A secret address: one press copies it. */
document.querySelectorAll("[data-copy]").forEach((button) => {
  const field = document.getElementById(button.dataset.copy);
  const said = document.querySelector("[data-copy-said]");
  if (!field || !said || !navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(field.value);
      said.textContent = "Copied.";
    } catch {
      field.select();
      said.textContent = "Could not copy by itself: press Ctrl and C now.";
    }
  });
});

/* Recovery codes: copied, kept as a file or printed. */
document.querySelectorAll("[data-codes]").forEach((button) => {
  const codes = () => [...document.querySelectorAll(".codes code")].map((code) => code.textContent).join("\n") + "\n";
  const said = document.getElementById("codes_said");
  const deeds = {
    copy: navigator.clipboard && (async () => {
      try {
        await navigator.clipboard.writeText(codes());
        said.textContent = "Copied.";
      } catch {
        said.textContent = "Could not copy. Download or print them instead.";
      }
    }),
    download: () => {
      const link = document.createElement("a");
      link.href = URL.createObjectURL(new Blob([codes()], { type: "text/plain" }));
      link.download = "recovery-codes.txt";
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    },
    print: () => window.print(),
  };
  const deed = deeds[button.dataset.codes];
  if (!deed) return;
  button.hidden = false;
  button.addEventListener("click", deed);
});

/* A form whose answer is shown only once: a second press would hide it. */
document.querySelectorAll("form[data-once]").forEach((form) => {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  window.addEventListener("pageshow", () => { sent = false; });
});
