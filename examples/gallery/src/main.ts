const copy = document.querySelector<HTMLButtonElement>('#copy')
const install = document.querySelector('#install')

// Only a secure page may write to the clipboard; elsewhere the text can be selected.
if (copy && install && 'clipboard' in navigator) {
  copy.hidden = false
  copy.addEventListener('click', () => {
    navigator.clipboard.writeText(install.textContent).then(
      () => (copy.textContent = 'Copied'),
      () => (copy.textContent = 'Select it'),
    )
  })
}
