/** A document of a corpus, with values that every measured engine can store. */
export type BenchDocument = { readonly id: string; readonly [field: string]: string | number }
