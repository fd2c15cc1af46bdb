'use strict';
// The report reads fully without this script. It adds what a page on paper has not: sorting, filtering, unfolding, copying.
(() => {
  const enough = 8; // rows from which on a table gets a filter
  const said = document.getElementById('said');
  const say = text => { said.textContent = text; };

  const make = (tag, properties, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };

  const textOf = cell => cell.firstElementChild && cell.firstElementChild.className === 'copy' ? cell.firstElementChild.textContent : cell.textContent;
  const isNumber = text => /^-?[\d,]+$/.test(text);
  const compare = (a, b) => {
    if (isNumber(a) && isNumber(b)) return Number(a.replaceAll(',', '')) - Number(b.replaceAll(',', ''));
    return a < b ? -1 : a > b ? 1 : 0;
  };

  const sort = (table, column, head) => {
    const descending = head.getAttribute('aria-sort') === 'ascending';
    for (const other of table.tHead.rows[0].cells) other.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', descending ? 'descending' : 'ascending');
    const keyed = Array.from(table.tBodies[0].rows, row => [textOf(row.cells[column]), row]);
    keyed.sort((a, b) => descending ? compare(b[0], a[0]) : compare(a[0], b[0]));
    table.tBodies[0].append(...keyed.map(([, row]) => row));
    say('sorted by ' + head.textContent + (descending ? ', descending' : ', ascending'));
  };

  // filter puts a search field before a list; items are what it shows or hides.
  const filter = (before, name, items) => {
    const state = make('span', {});
    const input = make('input', {type: 'search', placeholder: 'Filter'});
    input.setAttribute('aria-label', 'Filter: ' + name);
    input.addEventListener('input', () => {
      const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const item of items) {
        const text = item.textContent.toLowerCase();
        item.hidden = !words.every(word => text.includes(word));
        if (!item.hidden) shown++;
      }
      state.textContent = words.length ? shown + ' of ' + items.length : '';
      say(state.textContent);
    });
    const tools = make('div', {className: 'tools'}, input, state);
    before.before(tools);
    return tools;
  };

  const copy = async (button, source) => {
    const text = source.textContent;
    let done = false;
    try {
      await navigator.clipboard.writeText(text);
      done = true;
    } catch {
      // A browser may refuse a file that was opened from disk; what is selected can be copied even so.
      const range = document.createRange();
      range.selectNodeContents(source);
      const selection = getSelection();
      selection.removeAllRanges();
      selection.addRange(range);
      done = document.execCommand('copy');
    }
    say(done ? 'copied' : 'not copied');
    button.textContent = done ? 'Copied' : 'Select it';
    setTimeout(() => { button.textContent = 'Copy'; }, 1500);
  };

  const copyable = source => {
    const button = make('button', {type: 'button', className: 'copier', textContent: 'Copy'});
    button.setAttribute('aria-label', 'Copy ' + source.textContent.slice(0, 60));
    button.addEventListener('click', () => copy(button, source));
    source.after(button);
  };

  const enhanceTable = scroll => {
    const table = scroll.querySelector('table');
    if (!table) return;
    const rows = Array.from(table.tBodies[0].rows);
    if (rows.length > 1) {
      Array.from(table.tHead.rows[0].cells).forEach((head, column) => {
        const button = make('button', {type: 'button'}, ...head.childNodes);
        button.addEventListener('click', () => sort(table, column, head));
        head.append(button);
      });
    }
    if (rows.length >= enough) filter(scroll, table.caption.textContent, rows);
    table.querySelectorAll('.copy').forEach(copyable);
  };

  // A report may hold thousands of tables: each gets its buttons when it comes near to being seen.
  const near = new IntersectionObserver(entries => {
    for (const {isIntersecting, target} of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      if (target.className === 'scroll') enhanceTable(target);
      else copyable(target);
    }
  }, {rootMargin: '600px'});
  document.querySelectorAll('.scroll, p > .copy').forEach(element => near.observe(element));

  // unfolder adds a button that opens or closes all of some folded parts.
  const unfolder = (parts, put) => {
    const button = make('button', {type: 'button', textContent: 'Unfold all'});
    const folded = () => parts.some(part => !part.open);
    button.addEventListener('click', () => {
      const open = folded();
      for (const part of parts) part.open = open;
    });
    for (const part of parts) part.addEventListener('toggle', () => { button.textContent = folded() ? 'Unfold all' : 'Fold all'; });
    put(button);
  };
  const list = document.querySelector('#findings .list');
  if (list) {
    const findings = Array.from(list.children);
    const tools = filter(list, 'findings', findings);
    unfolder(findings, button => tools.append(button));
  }
  for (const role of document.querySelectorAll('.role')) {
    const parts = Array.from(role.querySelectorAll(':scope > details'));
    if (parts.length > 1) unfolder(parts, button => parts[0].before(make('div', {className: 'tools'}, button)));
  }

  // A link to something folded unfolds it.
  const unfoldTarget = () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target && target.tagName === 'DETAILS') target.open = true;
  };
  addEventListener('hashchange', unfoldTarget);
  unfoldTarget();

  // Paper shows all.
  let closed = [];
  addEventListener('beforeprint', () => {
    closed = Array.from(document.querySelectorAll('details:not([open])'));
    for (const part of closed) part.open = true;
  });
  addEventListener('afterprint', () => {
    for (const part of closed) part.open = false;
    closed = [];
  });
})();
