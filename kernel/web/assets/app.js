// Enhancements only: every page works without this file. ES2018, no markup from strings.
(function () {
  'use strict';
  var doc = document, root = doc.documentElement, store = window.sessionStorage;
  root.classList.add('js');
  function all(selector, inside) { return Array.prototype.slice.call((inside || doc).querySelectorAll(selector)); }
  function keep(name, value) { try { value === null ? store.removeItem(name) : store.setItem(name, value); } catch (e) { /* full or forbidden */ } }
  function kept(name) { try { return store.getItem(name); } catch (e) { return null; } }
  function put(text, words) { return text.replace('{n}', words); }

  // The summary of troubles takes the focus, so that it is read aloud first.
  all('[data-focus]').forEach(function (box) { box.focus(); });

  // On a narrow screen the place where one is stands in sight.
  all('.menu [aria-current], .tabs [aria-current]').forEach(function (here) {
    var bar = here.parentNode;
    bar.scrollLeft = here.offsetLeft - bar.offsetLeft - (bar.clientWidth - here.offsetWidth) / 2;
  });

  // A select fills the next one.
  all('select[data-feeds]').forEach(function (select) {
    var target = doc.getElementById(select.dataset.feeds);
    if (!target) return;
    select.addEventListener('change', function () {
      target.disabled = true;
      var pick = target.options[0] && target.options[0].textContent;
      // Nothing chosen has nothing below it.
      var below = !select.value ? Promise.resolve([]) : fetch(select.dataset.from + encodeURIComponent(select.value), { credentials: 'same-origin' })
        .then(function (answer) { if (!answer.ok) throw answer; return answer.json(); });
      below
        .then(function (pairs) {
          target.textContent = '';
          [['', pick || '']].concat(pairs).forEach(function (pair) { target.add(new Option(pair[1], pair[0])); });
          target.disabled = false;
          target.dispatchEvent(new Event('change', { bubbles: true }));
        })
        .catch(function () { target.disabled = false; });
    });
  });

  // How many characters are left.
  all('textarea[data-max]').forEach(function (area) {
    var max = +area.dataset.max, line = area.parentNode.querySelector('.count');
    function count() {
      var left = max - Array.from(area.value).length;
      line.textContent = put(left < 0 ? area.dataset.over : area.dataset.left, Math.abs(left));
      line.classList.toggle('bad', left < 0);
    }
    area.addEventListener('input', count);
    count();
  });

  // Photos become small before they travel.
  var shrinking = 0;
  function shrink(file) {
    if (!/^image\/(jpeg|png|webp)$/.test(file.type) || !window.createImageBitmap) return Promise.resolve(file);
    return createImageBitmap(file, { imageOrientation: 'from-image' }).then(function (picture) {
      var scale = Math.min(1, 1600 / Math.max(picture.width, picture.height));
      if (scale === 1 && file.size < 400000) return file;
      var canvas = doc.createElement('canvas');
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
      return new Promise(function (done) {
        canvas.toBlob(function (blob) {
          done(blob && blob.size < file.size ? new File([blob], file.name.replace(/\.\w+$/, '') + '.jpg', { type: 'image/jpeg' }) : file);
        }, 'image/jpeg', 0.8);
      });
    }).catch(function () { return file; });
  }
  all('.drop input').forEach(function (input) {
    var list = input.parentNode.querySelector('.picked');
    function show() {
      list.textContent = '';
      Array.from(input.files).forEach(function (file) {
        var item = doc.createElement('li');
        item.textContent = file.name + '　' + Math.max(1, Math.round(file.size / 1024)) + ' KB';
        list.appendChild(item);
      });
    }
    input.addEventListener('change', function () {
      show();
      if (!window.DataTransfer) return;
      shrinking += 1;
      Promise.all(Array.from(input.files).map(shrink)).then(function (files) {
        var bag = new DataTransfer();
        files.forEach(function (file) { bag.items.add(file); });
        input.files = bag.files;
        show();
      }).catch(function () { /* the large files go as they are */ }).then(function () { shrinking -= 1; });
    });
  });

  // Drafts: what was typed stays in this tab until the form has been taken.
  var dirty = false, sending = false;
  function texts(form) { return all('input:not([type=hidden]):not([type=password]):not([type=file]), select, textarea', form).filter(function (f) { return f.name; }); }
  all('form[data-draft]').forEach(function (form) {
    var name = 'draft ' + form.dataset.draft + ' ' + location.pathname, old = kept(name);
    if (old && !form.querySelector('.summary')) {
      var values = JSON.parse(old);
      texts(form).forEach(function (field, at) {
        var had = values[at];
        if (!had || had[0] !== field.name) return;
        if (field.type === 'radio' || field.type === 'checkbox') { field.checked = had[1]; }
        else if (!field.value) { field.value = had[1]; field.dispatchEvent(new Event('input')); }
      });
    }
    form.addEventListener('input', function () {
      keep(name, JSON.stringify(texts(form).map(function (f) { return [f.name, f.type === 'radio' || f.type === 'checkbox' ? f.checked : f.value]; })));
    });
    form.addEventListener('submit', function () { keep('draft sent', name); });
  });
  var sent = kept('draft sent');
  if (sent && !doc.querySelector('.summary, [data-stop]')) { keep(sent, null); }
  keep('draft sent', null);

  // Sending: once, after the photos are small, and no warning about unsaved text.
  all('form[method=post]').forEach(function (form) {
    form.addEventListener('input', function () { dirty = true; });
    form.addEventListener('submit', function (event) {
      if (form.dataset.sent) { event.preventDefault(); return; }
      if (shrinking) {
        event.preventDefault();
        var button = event.submitter;
        setTimeout(function () { form.requestSubmit ? form.requestSubmit(button) : form.submit(); }, 200);
        return;
      }
      form.dataset.sent = '1';
      sending = true;
      setTimeout(function () {
        all('button', form).forEach(function (b) { b.disabled = true; if (b.classList.contains('main')) b.setAttribute('aria-busy', 'true'); });
      }, 0);
    });
  });
  window.addEventListener('pageshow', function (event) {
    if (!event.persisted) return;
    sending = false;
    all('form[data-sent]').forEach(function (form) {
      delete form.dataset.sent;
      all('button', form).forEach(function (b) { b.disabled = false; b.removeAttribute('aria-busy'); });
    });
  });
  window.addEventListener('beforeunload', function (event) {
    if (dirty && !sending && doc.querySelector('form[data-draft]')) { event.preventDefault(); event.returnValue = ''; }
  });

  // The device's position, with its accuracy and its datum; asked for only when the button is pressed.
  all('[data-position]').forEach(function (box) {
    var say = box.querySelector('[role=status]');
    if (!navigator.geolocation) { say.textContent = box.dataset.none; return; }
    box.querySelector('button').addEventListener('click', function () {
      say.textContent = box.dataset.ask;
      navigator.geolocation.getCurrentPosition(function (at) {
        var four = { lat: at.coords.latitude.toFixed(6), lon: at.coords.longitude.toFixed(6), accuracy_m: Math.ceil(at.coords.accuracy), datum: 'wgs84' };
        Object.keys(four).forEach(function (name) { box.querySelector('[name=' + name + ']').value = four[name]; });
        say.textContent = put(box.dataset.got, four.accuracy_m);
      }, function () { say.textContent = box.dataset.none; }, { enableHighAccuracy: true, timeout: 20000, maximumAge: 0 });
    });
  });

  all('[data-print]').forEach(function (button) { button.addEventListener('click', function () { window.print(); }); });

  // Open pop-ups close when one clicks elsewhere.
  doc.addEventListener('click', function (event) {
    all('details.me[open]').forEach(function (box) { if (!box.contains(event.target)) box.open = false; });
  });

  // Keys for the counter: `/` search, j and k rows, Enter opens, n new, ? help; can be switched off.
  var help = doc.getElementById('keys');
  if (!help) return;
  var off = help.querySelector('[type=checkbox]'), at = -1;
  function local(value) { try { if (value === undefined) return localStorage.getItem('keys') === 'off'; localStorage.setItem('keys', value ? 'off' : 'on'); } catch (e) { return false; } }
  off.checked = !local();
  off.addEventListener('change', function () { local(!off.checked); });
  all('[data-keys]').forEach(function (button) { button.addEventListener('click', function () { help.hidden = !help.hidden; }); });
  function row(step) {
    var rows = all('[data-rows] tbody tr');
    if (!rows.length) return;
    if (rows[at]) rows[at].classList.remove('at');
    at = Math.max(0, Math.min(rows.length - 1, at + step));
    rows[at].classList.add('at');
    var link = rows[at].querySelector('a');
    if (link) link.focus();
    rows[at].scrollIntoView({ block: 'nearest' });
  }
  doc.addEventListener('keydown', function (event) {
    var field = event.target, typing = /^(INPUT|TEXTAREA|SELECT)$/.test(field.tagName) && !/^(checkbox|radio)$/.test(field.type);
    if (event.key === 'Escape') { help.hidden = true; if (typing) field.blur(); return; }
    if (!off.checked || event.isComposing) return;
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey) && field.form) {
      var main = field.form.querySelector('button.main');
      if (main) { event.preventDefault(); main.click(); }
      return;
    }
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    var search = doc.querySelector('[role=search] input:not([type=hidden])'), fresh = doc.querySelector('a[data-new]');
    if (event.key === '/' && search) { location.hash = 'filter'; search.focus(); search.select(); }
    else if (event.key === 'j') row(1);
    else if (event.key === 'k') row(-1);
    else if (event.key === 'n' && fresh) fresh.click();
    else if (event.key === '?') help.hidden = !help.hidden;
    else return;
    event.preventDefault();
  });
})();
