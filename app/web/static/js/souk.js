/* Comforts for shoppers with JavaScript; every page works without this file. */
(function () {
  'use strict';
  var doc = document;
  var all = function (sel, fn, root) {
    Array.prototype.forEach.call((root || doc).querySelectorAll(sel), fn);
  };
  doc.documentElement.classList.add('js');

  /* One submit a form: a second click while the first is under way does nothing. */
  doc.addEventListener('submit', function (ev) {
    var form = ev.target;
    if (form.method !== 'post') return;
    if (form.dataset.busy) { ev.preventDefault(); return; }
    form.dataset.busy = '1';
    setTimeout(release, 10000);
    /* Later, so that the pressed button's own name and value are still sent. */
    setTimeout(function () {
      all('button[type=submit]', function (b) { b.setAttribute('data-busy', ''); b.setAttribute('aria-disabled', 'true'); }, form);
    }, 0);
  });
  /* Back from the next page, or after a stopped load, the forms must work again. */
  var release = function () {
    all('form[data-busy]', function (f) { delete f.dataset.busy; });
    all('button[data-busy]', function (b) { b.removeAttribute('data-busy'); b.removeAttribute('aria-disabled'); });
  };
  window.addEventListener('pageshow', release);

  /* Quantity: buttons for fewer and more; in the cart a change is sent by itself. */
  all('[data-qty]', function (box) {
    var input = box.querySelector('input');
    all('[data-step]', function (b) {
      b.hidden = false;
      b.addEventListener('click', function () {
        var max = input.max === '' ? Infinity : +input.max;
        var n = (parseInt(input.value, 10) || 0) + +b.dataset.step;
        n = Math.max(+input.min, Math.min(max, n));
        if (String(n) === input.value) return;
        input.value = n;
        input.dispatchEvent(new Event('change', { bubbles: true }));
      });
    }, box);
  });
  all('[data-cart-line]', function (form) {
    var timer;
    form.addEventListener('change', function () {
      clearTimeout(timer);
      timer = setTimeout(function () { if (form.reportValidity()) form.requestSubmit(); }, 500);
    });
  });

  all('[data-autosubmit]', function (el) {
    el.addEventListener('change', function () { el.form.requestSubmit(); });
  });

  /* Choosing a variant shows its price and stock. */
  all('[data-buy]', function (form) {
    var page = form.closest('.product');
    var price = page.querySelector('[data-price]');
    var sku = doc.querySelector('[data-sku]');
    var line = form.querySelector('[data-stock-line]');
    var qty = form.querySelector('[name=quantity]');
    var add = form.querySelector('[data-add]');
    var show = function (radio) {
      var d = radio.dataset, out = 'out' in d;
      price.textContent = d.price;
      line.className = 'stock stock--' + d.level;
      line.firstElementChild.textContent = d.stock;
      qty.max = d.max;
      if (+qty.value > +d.max) qty.value = d.max;
      add.disabled = out;
      add.textContent = out ? 'Sold out' : 'Add to cart';
      if (sku) sku.textContent = radio.value;
    };
    form.addEventListener('change', function (ev) { if (ev.target.name === 'sku') show(ev.target); });
    var on = form.querySelector('input[type=radio]:checked');
    if (on) show(on);
  });

  /* Pictures: a thumbnail slides the stage instead of jumping down the page. */
  all('[data-gallery]', function (box) {
    all('[data-photo]', function (a) {
      a.addEventListener('click', function (ev) {
        var stage = box.querySelector('.gallery__stage');
        ev.preventDefault();
        stage.scrollTo({ left: stage.clientWidth * (+a.dataset.photo - 1), behavior: matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth' });
        all('[data-photo]', function (o) { o.removeAttribute('aria-current'); }, box);
        a.setAttribute('aria-current', 'true');
      });
    }, box);
  });

  /* A moment less than a day away is also shown as the time left. */
  all('time[data-countdown]', function (el) {
    var end = Date.parse(el.dateTime), text = el.textContent;
    var two = function (n) { return (n < 10 ? '0' : '') + n; };
    var tick = function () {
      var s = Math.floor((end - Date.now()) / 1000);
      if (!(s < 86400)) return;
      if (s <= 0) { el.textContent = text + ' (over)'; clearInterval(timer); return; }
      el.textContent = text + ' (' + (s >= 3600 ? Math.floor(s / 3600) + ':' + two(Math.floor(s / 60) % 60) : Math.floor(s / 60)) + ':' + two(s % 60) + ' left)';
    };
    var timer = setInterval(tick, 1000);
    tick();
  });
}());
