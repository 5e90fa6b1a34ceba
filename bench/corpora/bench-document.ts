/** A document of a corpus: what every engine that is measured can hold. */
export type BenchDocument = { readonly id: string; readonly [field: string]: string | number }
