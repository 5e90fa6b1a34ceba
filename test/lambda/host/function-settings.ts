/** The settings of a function in a deployment. */
export type FunctionSettings = {
  readonly name: string
  /** The folder of a bundle. */
  readonly folder: string
  /** A file in the folder, without its extension, and its export: `api.handler`. */
  readonly handler: string
  readonly environment: Readonly<Record<string, string>>
  readonly memoryMb: number
  readonly timeoutMs: number
  /** Maximum instances, and so maximum concurrent invocations. */
  readonly concurrencyMax: number
}
