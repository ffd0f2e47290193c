// Reads the curves out under the pointer.
for (const frame of document.querySelectorAll('.frame')) {
  const data = JSON.parse(frame.dataset.curves);
  const pointer = frame.querySelector('.pointer');
  const tip = frame.querySelector('.tip');
  const nearest = (steps, at) => steps.reduce((best, step, i) => Math.abs(step - at) < Math.abs(steps[best] - at) ? i : best, 0);
  const line = (colour, text) => {
    const row = document.createElement('div');
    if (colour !== null) row.style.color = `var(--c${colour})`;
    row.textContent = text;
    return row;
  };
  const show = event => {
    const box = frame.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
    const at = data.from + share * (data.to - data.from);
    const all = data.curves.map(curve => ({curve, i: nearest(curve.steps, at)}));
    const step = all.map(one => one.curve.steps[one.i]).reduce((a, b) => Math.abs(b - at) < Math.abs(a - at) ? b : a);
    const left = 100 * (step - data.from) / (data.to - data.from);
    pointer.style.left = left + '%';
    tip.replaceChildren(line(null, 'step ' + step.toLocaleString('en-US')), ...all.map(({curve, i}) =>
      line(curve.colour, curve.name + '  ' + curve.values[i] + (curve.steps[i] === step ? '' : '  (step ' + curve.steps[i].toLocaleString('en-US') + ')'))));
    tip.style.left = left > 55 ? 'auto' : `calc(${left}% + 10px)`;
    tip.style.right = left > 55 ? `calc(${100 - left}% + 10px)` : 'auto';
    pointer.style.display = tip.style.display = 'block';
  };
  frame.addEventListener('pointermove', show);
  frame.addEventListener('pointerdown', show);
  frame.addEventListener('pointerleave', () => { pointer.style.display = tip.style.display = 'none'; });
}
