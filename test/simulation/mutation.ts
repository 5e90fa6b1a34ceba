/** One mistake in core: the text that is right, and the text that is wrong. */
export type Mutation = {
  readonly name: string
  /** Below the repository's root. */
  readonly path: string
  readonly right: string
  readonly wrong: string
  /** What else goes with it, in the same file. */
  readonly also?: readonly { readonly right: string; readonly wrong: string }[]
  /** Not found among a few hundred seeds: `npm run simulate:mutants` looks for it, the slow ring does not. */
  readonly isRare?: true
}
