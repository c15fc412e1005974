/* Light and dark: as the reader's system wants it, until the button is used. */

const darkWanted = matchMedia("(prefers-color-scheme: dark)");

/** Whether the page is dark now. */
function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : darkWanted.matches;
}

/** Make the button do its work. */
function startTheme() {
  const button = document.getElementById("theme");
  const tell = () => button.setAttribute("aria-pressed", String(isDark()));
  button.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    tell();
  });
  darkWanted.addEventListener("change", tell);
  button.hidden = false;
  tell();
}

startTheme();
