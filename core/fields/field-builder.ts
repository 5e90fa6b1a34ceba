import type { AnalyzerPool } from '../analysis/analyzer-pool.ts'
import type { TextAnalyzer, TokenBuffer } from '../analysis/text-analyzer.ts'
import type { ColumnBlock } from '../columns/column.ts'
import { blocksOfNumbers } from '../columns/column-builder.ts'
import type { DictionaryWriter } from '../dictionary/dictionary-writer.ts'
import type { Lane } from '../dictionary/lane.ts'
import type { FieldValue, FieldValues } from './field.ts'

/** Builds the sections of one field from a batch of documents. */
export type FieldBuilder = {
  /** The analyzer of the words, if the field has analysed words. */
  readonly analyzer?: TextAnalyzer
  /** Adds the values of a document, and their elements as in {@link FieldValues}. Documents arrive in docId order. */
  add(docId: number, values: readonly FieldValue[], elements?: readonly number[]): void
  /** Writes all added values. */
  write(out: FieldOutput): WordTotals | undefined
}

/** What all builders of a segment share. */
export type BuildContext = {
  readonly docCount: number
  readonly analyzers: AnalyzerPool
  /** Scratch space. */
  readonly tokens: TokenBuffer
}

/** Receives the sections of one field. */
export type FieldOutput = {
  lane(lane: Lane): { readonly dictionary: DictionaryWriter; finish(): void }
  numbers(section: 'column' | 'elements' | 'lengths' | 'contentLengths' | 'presence'): BlockOutput
  /** Adds a side file of the field to the segment: at most one per kind of file. */
  file(file: SideFileContents<Uint8Array>): void
}

/** A file of one field that lies next to a segment's `.seg`, such as vectors. */
export type SideFileContents<Body> = {
  /** Names the content: 1 to 20 characters of `a` to `z`, `0` to `9` and `-`. */
  readonly kind: string
  readonly body: Body
  /**
   * The end of the file, which a reader needs to open it. Manifests hold the checksum of the footer, or of the whole
   * file if it has no footer.
   */
  readonly footer?: Uint8Array
}

/** Receives the blocks of a column in order; undefined if no document of a block has a value. */
export type BlockOutput = { add(block: ColumnBlock | undefined): void; finish(): void }

/** How many documents of a segment have words in a field, and how many words they have. */
export type WordTotals = { readonly docCount: number; readonly tokenCount: number }

/** Records which documents have a field, for fields without a column or words. */
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
