/** What a deployment says of one function. */
export type FunctionSettings = {
  readonly name: string
  /** A bundle's folder. */
  readonly folder: string
  /** File in it, without its extension, and what that exports: `api.handler`. */
  readonly handler: string
  readonly environment: Readonly<Record<string, string>>
  readonly memoryMb: number
  readonly timeoutMs: number
  /** Instances at once; as many invocations can be under way. */
  readonly concurrencyMax: number
}
