export interface Up { readonly name: string }
