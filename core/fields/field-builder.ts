import type { AnalyzerPool } from '../analysis/analyzer-pool.ts'
import type { TextAnalyzer, TokenBuffer } from '../analysis/text-analyzer.ts'
import type { ColumnBlock } from '../columns/column.ts'
import { blocksOfNumbers } from '../columns/column-builder.ts'
import type { DictionaryWriter } from '../dictionary/dictionary-writer.ts'
import type { Lane } from '../dictionary/lane.ts'
import type { FieldValue, FieldValues } from './field.ts'

/** Everything that one field of a batch of documents becomes. */
export type FieldBuilder = {
  /** Of analysed words: what analysed them. */
  readonly analyzer?: TextAnalyzer
  /** Adds a document's values, and as {@link FieldValues} has them the elements that they are of. Documents come in docId order. */
  add(docId: number, values: readonly FieldValue[], elements?: readonly number[]): void
  /** Writes all that was added. */
  write(out: FieldOutput): WordTotals | undefined
}

/** What the builders of one segment share. */
export type BuildSetting = {
  readonly docCount: number
  readonly analyzers: AnalyzerPool
  /** Scratch space. */
  readonly tokens: TokenBuffer
}

/** Where the sections of one field go. */
export type FieldOutput = {
  lane(lane: Lane): { readonly dictionary: DictionaryWriter; finish(): void }
  numbers(section: 'column' | 'elements' | 'lengths' | 'contentLengths' | 'presence'): BlockOutput
  /** Adds a file of the field's own to the segment: at most one of each kind. */
  file(file: SideFileContents<Uint8Array>): void
}

/** A file of one field that lies next to a segment's `.seg`, such as vectors. */
export type SideFileContents<Body> = {
  /** What it holds: 1 to 20 characters of `a` to `z`, `0` to `9` and `-`. */
  readonly kind: string
  readonly body: Body
  /** Ends the file, and is what a reader needs to open it; manifests hold its checksum. Default: none, and they hold the whole file's. */
  readonly footer?: Uint8Array
}

/** Takes the blocks of a column in turn; undefined where no document of a block has a value. */
export type BlockOutput = { add(block: ColumnBlock | undefined): void; finish(): void }

/** The documents of a segment that have words in a field, and how many words. */
export type WordTotals = { readonly docCount: number; readonly tokenCount: number }

/** Which documents have a field, where nothing else says so. */
export class PresenceBuilder implements FieldBuilder {
  readonly #present: Uint32Array

  constructor(docCount: number) {
    this.#present = new Uint32Array(docCount)
  }

  add(docId: number): void {
    this.#present[docId] = 1
  }

  write(out: FieldOutput): undefined {
    writeBlocks(out.numbers('presence'), blocksOfNumbers(this.#present))
  }
}

export function writeBlocks(out: BlockOutput, blocks: readonly (ColumnBlock | undefined)[]): void {
  for (const block of blocks) out.add(block)
  out.finish()
}
