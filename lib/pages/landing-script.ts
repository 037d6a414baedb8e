/** Shows the copy buttons and makes them work. Without it they stay hidden, and one click selects the text. */
export const landingScript = `
const said = document.getElementById('said');
for (const button of navigator.clipboard ? document.querySelectorAll('[data-copies]') : []) {
  const label = button.firstElementChild;
  button.hidden = false;
  button.addEventListener('click', async () => {
    const text = document.getElementById(button.dataset.copies);
    try {
      await navigator.clipboard.writeText(text.textContent);
    } catch {
      getSelection().selectAllChildren(text);
      said.textContent = 'Selected. Copy it with the keyboard.';
      return;
    }
    label.textContent = said.textContent = 'Copied';
    setTimeout(() => { label.textContent = 'Copy'; said.textContent = ''; }, 2000);
  });
}
`;
