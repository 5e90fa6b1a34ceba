/** A field as a user declares it: the name of a type, or the name with options. */
export type FieldDeclaration =
  | string
  | {
      readonly type: string
      readonly index?: boolean
      /** For text fields: whether to keep exact values of up to 256 bytes for filters and sorting. */
      readonly column?: boolean
      readonly language?: string
      /** Another name for `language`; `standard` is the language `none`. */
      readonly analyzer?: string
      readonly stop_words?: 'query' | 'index' | 'none'
      readonly normalizer?: 'none' | 'lowercase'
      readonly k1?: number
      readonly b?: number
      /** Whether values that do not fit are stored but not indexed, as in fields that a document added. */
      readonly dynamic?: boolean
      readonly fields?: { readonly [name: string]: FieldDeclaration }
    }

/** A collection's schema as users declare it and as Prism shows it. */
export type SchemaDeclaration = {
  readonly fields?: { readonly [name: string]: FieldDeclaration }
  readonly dynamic?: boolean | 'strict'
  readonly default_fields?: readonly string[]
}
