// Ordenar y filtrar la tabla de la clase. Sin esto la página se lee igual.
'use strict';

const table = document.querySelector('table.class');
const body = table.tBodies[0];
const rows = [...body.rows];
const search = document.getElementById('search');
const kind = document.getElementById('kind');
const shown = document.getElementById('shown');

// «José» se encuentra escribiendo «jose».
const plain = (text) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
const searchable = new Map(rows.map((row) => [row, plain(row.cells[0].textContent + ' ' + row.dataset.email)]));

function filter() {
  const wanted = plain(search.value.trim());
  let count = 0;
  for (const row of rows) {
    row.hidden = !searchable.get(row).includes(wanted) ||
      (kind.value !== '' && !row.dataset.kinds.split(' ').includes(kind.value));
    count += row.hidden ? 0 : 1;
  }
  shown.textContent = count === rows.length ? '' : `Se muestran ${count} de ${rows.length}`;
}

function sortBy(heading) {
  const column = heading.cellIndex;
  const first = heading.dataset.first;
  const order = heading.ariaSort ? (heading.ariaSort === 'ascending' ? 'descending' : 'ascending') : first;
  for (const other of table.tHead.rows[0].cells) other.ariaSort = null;
  heading.ariaSort = order;
  const sign = order === 'ascending' ? 1 : -1;
  const key = (row) => row.cells[column].dataset.value;
  const byText = new Intl.Collator('es', {numeric: true});
  rows.sort((a, b) => sign * (column === 0 ? byText.compare(a.cells[0].textContent, b.cells[0].textContent)
                                           : Number(key(a)) - Number(key(b))));
  body.append(...rows);
}

for (const heading of table.tHead.rows[0].cells) {
  const button = document.createElement('button');
  button.append(...heading.childNodes);
  button.addEventListener('click', () => sortBy(heading));
  heading.append(button);
}
search.addEventListener('input', filter);
kind.addEventListener('change', filter);
document.getElementById('controls').hidden = false;
filter();
// Un enlace a un laboratorio lo abre.
const open = () => {
  const target = location.hash && document.getElementById(location.hash.slice(1));
  if (target instanceof HTMLDetailsElement) target.open = true;
};
window.addEventListener('hashchange', open);
open();
