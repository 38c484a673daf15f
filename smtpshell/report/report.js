
"use strict";
const field = document.getElementById("search");
const found = document.getElementById("found");
const turns = Array.from(document.querySelectorAll("#conversation .turn"));
const texts = turns.map((turn) => turn.textContent.toLowerCase());

function search() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  turns.forEach((turn, at) => {
    const hit = words.every((word) => texts[at].includes(word));
    turn.hidden = !hit;
    count += hit ? 1 : 0;
    const folded = turn.querySelector("details");
    if (folded && words.length && hit) folded.open = true;
  });
  found.textContent = words.length ? count + " of " + turns.length : "";
}

field.addEventListener("input", search);
window.addEventListener("hashchange", () => {
  const aim = document.getElementById(location.hash.slice(1));
  if (aim && aim.hidden) {
    field.value = "";
    search();
    aim.scrollIntoView();
  }
});
document.getElementById("searching").hidden = false;
