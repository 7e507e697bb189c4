export const defined = 'here'
