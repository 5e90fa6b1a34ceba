import { assert } from '../../assert.ts'
import { corrupt } from '../../bytes/checksum.ts'
import type { Column, Zone } from '../../columns/column.ts'
import type { Lane } from '../../dictionary/lane.ts'
import type { FieldNumber } from '../../fields/field.ts'
import { allHere, type MaybePromise, whenHere } from '../../maybe-promise.ts'
import { FREQUENT_DOC_FREQ } from '../../postings/encode-postings.ts'
import { markDocuments } from '../../postings/mark-documents.ts'
import type { DocId, PositionList, PostingList } from '../../postings/posting-list.ts'
import type { ObjectStore } from '../../storage/object-store.ts'
import { encodeUtf8 } from '../../utf8.ts'
import { BloomSection } from '../format/bloom-section.ts'
import { ColumnSection } from '../format/column-section.ts'
import { DocumentSection } from '../format/document-section.ts'
import { encodeIds } from '../format/encoded-ids.ts'
import { decodeFooter, type Footer } from '../format/footer.ts'
import { HashSection } from '../format/hash-section.ts'
import { IdSection } from '../format/id-section.ts'
import { InflatedBlocks } from '../format/inflated-blocks.ts'
import { plainBytes, SegmentBytes } from '../format/segment-bytes.ts'
import type { SegmentFile } from '../format/segment-entry.ts'
import { LANE_SECTIONS, NO_FIELD, type Section, SectionKind } from '../format/segment-format.ts'
import { type Bitset, bitsetAdd } from '../format/tombstones.ts'
import { lengthsOfColumn, nonZero, presentIn } from './field-presence.ts'
import { LaneDictionary, type TermPlace } from './lane-dictionary.ts'
import { NameInBlock } from './name-in-block.ts'
import type {
  AskedTerm,
  LaneScan,
  ListsOfTerm,
  LookupWant,
  SegmentReader,
  TermEntry,
  TermKey,
  TermRange,
  WantedLists,
} from './segment-reader.ts'
import { TermLists } from './term-lists.ts'

const LANES = ['text', 'keyword', 'form'] as const

/** Files below this many bytes are read whole when they are opened. */
export const WHOLE_FILE_BYTES = 64 * 1024

/** Key of a segment's file; `prefix` is that of the shard whose manifest names it, with the final slash. */
export function segmentKey(prefix: string, { name, origin = prefix }: Pick<SegmentFile, 'name' | 'origin'>): string {
  return `${origin}seg/${name}.seg`
}

/** Bytes of documents that one segment keeps inflated, unless it shares a cache with others. */
const INFLATED_BYTES_MAX = 512 * 1024

/**
 * Opens a segment with one request: its footer, or all of it if it is below
 * {@link WHOLE_FILE_BYTES}. Costs a checksum of the footer; its indexes are
 * decoded when they are first needed.
 *
 * @param prefix of the shard whose manifest names it, with the final slash
 * @throws {NotFoundError} if the file is gone
 * @throws {CorruptDataError} if it is damaged, or a newer version made it
 */
export async function openSegment(
  store: ObjectStore,
  prefix: string,
  file: SegmentFile,
  inflated = new InflatedBlocks(INFLATED_BYTES_MAX),
): Promise<SegmentReader> {
  const key = segmentKey(prefix, file)
  const isWhole = file.byteSize < WHOLE_FILE_BYTES
  const start = isWhole ? 0 : file.byteSize - file.footerSize
  const bytes = plainBytes(await store.get(key, { start, end: file.byteSize }))
  if (bytes.length !== file.byteSize - start) {
    throw corrupt(key, `has ${bytes.length} bytes from byte ${start}, expected ${file.byteSize - start}`)
  }
  const footer = decodeFooter(isWhole ? bytes.subarray(file.byteSize - file.footerSize) : bytes, file, key)
  if (footer.docCount !== file.docCount) {
    throw corrupt(key, `has ${footer.docCount} documents, expected ${file.docCount}`)
  }
  return new OpenSegment(file, footer, { bytes: new SegmentBytes(key, isWhole ? bytes : undefined), inflated })
}

/** A {@link SegmentReader}, and what merging needs besides. Made by {@link openSegment}. */
export class OpenSegment implements SegmentReader {
  readonly file: SegmentFile
  readonly footer: Footer
  readonly bytes: SegmentBytes
  readonly #inflated: InflatedBlocks
  readonly #lists: TermLists
  /** Sections by kind and field, each opened at its first use. */
  readonly #opened = new Map<string, unknown>()
  /** Dictionaries by field and lane: searches ask for these many times each. */
  readonly #lanes: (LaneDictionary | undefined)[] = []

  constructor(
    file: SegmentFile,
    footer: Footer,
    { bytes, inflated }: { bytes: SegmentBytes; inflated: InflatedBlocks },
  ) {
    this.file = file
    this.footer = footer
    this.bytes = bytes
    this.#inflated = inflated
    this.#lists = new TermLists(bytes, footer.docCount)
  }

  /** Names the file in errors. */
  get source(): string {
    return this.bytes.source
  }

  get docCount(): number {
    return this.footer.docCount
  }

  hasField(field: FieldNumber, lane: Lane): boolean {
    return this.laneSize(field, lane) > 0
  }

  laneSize(field: FieldNumber, lane: Lane): number {
    return this.lane(field, lane).size
  }

  isInFooter({ field, lane, term }: TermKey): boolean {
    return this.lane(field, lane).findFrequent(term) !== undefined
  }

  docFreqMax({ field, lane, term }: TermKey): number {
    const dictionary = this.lane(field, lane)
    if (dictionary.size === 0) return 0
    return dictionary.findFrequent(term)?.docFreq ?? Math.min(FREQUENT_DOC_FREQ, this.docCount)
  }

  lookup(store: ObjectStore, keys: readonly TermKey[], want: LookupWant): MaybePromise<(TermEntry | undefined)[]> {
    return whenHere(undefined, () => {
      const entries = new Array<TermEntry | undefined>(keys.length).fill(undefined)
      const lanes = keys.map((key) => this.lane(key.field, key.lane))
      const rare = new Map<LaneDictionary, number[]>()
      for (const [k, { term }] of keys.entries()) {
        entries[k] = lanes[k]!.findFrequent(term)
        if (entries[k] !== undefined) continue
        const others = rare.get(lanes[k]!)
        if (others === undefined) rare.set(lanes[k]!, [k])
        else others.push(k)
      }
      const frequent = entries.filter((entry) => entry !== undefined)
      const pending = frequent.map((entry) => this.#lists.prefetch(store, placeOf(entry), want))
      for (const [lane, places] of rare) {
        const terms = places.map((k) => keys[k]!.term)
        const filled = whenHere(lane.find(store, terms), (found) => {
          for (const [i, k] of places.entries()) entries[k] = found[i]
        })
        pending.push(filled)
      }
      return whenHere(allHere(pending), () => entries)
    })
  }

  lists(store: ObjectStore, keys: readonly TermKey[], want: WantedLists): MaybePromise<(ListsOfTerm | undefined)[]> {
    return whenHere(undefined, () => {
      const lists: (ListsOfTerm | undefined)[] = []
      const missing: number[] = []
      for (const { field, lane, term } of keys) {
        const here = this.lane(field, lane).listsHere(term, want, this.docCount)
        if (here === undefined) missing.push(lists.length)
        lists.push(here === 'absent' ? undefined : here)
      }
      if (missing.length === 0) return lists
      const asked = missing.map((k) => keys[k]!)
      return whenHere(this.#readLists(store, asked, want), (read) => {
        for (const [i, k] of missing.entries()) lists[k] = read[i]
        return lists
      })
    })
  }

  #readLists(
    store: ObjectStore,
    keys: readonly TermKey[],
    want: WantedLists,
  ): MaybePromise<(ListsOfTerm | undefined)[]> {
    return whenHere(this.lookup(store, keys, want), (entries) => {
      const lists = entries.map((entry) => entry && this.#lists.both(store, placeOf(entry), want))
      return whenHere(allHere(lists), (read) => {
        for (const [k, { field, lane, term }] of keys.entries()) this.lane(field, lane).learn(term, read[k])
        return read
      })
    })
  }

  scan(store: ObjectStore, field: FieldNumber, lane: Lane, range: TermRange): MaybePromise<TermEntry[]> {
    return whenHere(undefined, () => this.lane(field, lane).scan(store, range))
  }

  markWithin(store: ObjectStore, { field, lane, range, accepts }: LaneScan, into: Bitset): MaybePromise<void> {
    return whenHere(undefined, () => {
      const { docCount, source } = this
      const dictionary = this.lane(field, lane)
      const lists: MaybePromise<PostingList>[] = []
      const visited = dictionary.visit(store, range, (block, i) => {
        if (accepts !== undefined && !accepts(new NameInBlock(block, i))) return
        const only = block.onlyDocument(i, { docCount, source })
        if (only !== undefined) bitsetAdd(into, only)
        else lists.push(this.#lists.postings(store, { lane: dictionary, block, i }))
      })
      const read = whenHere(visited, () => allHere(lists))
      return whenHere(read, (several) => {
        for (const list of several) markDocuments(list, into)
      })
    })
  }

  postings(store: ObjectStore, entries: readonly TermEntry[]): MaybePromise<PostingList[]> {
    return allHere(entries.map((entry) => this.#lists.postings(store, placeOf(entry))))
  }

  positions(store: ObjectStore, entries: readonly TermEntry[]): MaybePromise<PositionList[]> {
    return allHere(entries.map((entry) => this.#lists.positions(store, placeOf(entry))))
  }

  valuesAt(store: ObjectStore, field: FieldNumber, ordinals: ArrayLike<number>): Promise<string[]> {
    return this.lane(field, 'keyword').valuesAt(store, ordinals)
  }

  column(store: ObjectStore, field: FieldNumber, wanted?: (zone: Zone) => boolean): MaybePromise<Column> {
    return whenHere(undefined, () => {
      const column = this.columnSection(SectionKind.column, field)
      return column?.read(store, wanted) ?? { blocks: [] }
    })
  }

  async lengths(store: ObjectStore, field: FieldNumber): Promise<Uint32Array> {
    return (await this.#numbers(store, SectionKind.lengths, field)) ?? new Uint32Array(this.docCount)
  }

  async exists(store: ObjectStore, field: FieldNumber): Promise<Bitset> {
    for (const kind of [SectionKind.lengths, SectionKind.presence]) {
      const numbers = await this.#numbers(store, kind, field)
      if (numbers !== undefined) return nonZero(numbers)
    }
    return presentIn(await this.column(store, field), this.docCount)
  }

  documents(store: ObjectStore, docIds: ArrayLike<DocId>): MaybePromise<Uint8Array[]> {
    return whenHere(undefined, () => {
      this.#checkDocIds(docIds)
      return this.#documents().read(store, docIds)
    })
  }

  ids(store: ObjectStore, docIds: ArrayLike<DocId>): MaybePromise<string[]> {
    return whenHere(undefined, () => {
      this.#checkDocIds(docIds)
      return this.#ids().read(store, docIds)
    })
  }

  async findIds(store: ObjectStore, ids: readonly string[]): Promise<Int32Array> {
    const { bytes, hashes } = encodeIds(ids)
    const may = await this.#bloom().mayHold(store, hashes)
    const candidates = bytes.filter((_, i) => may[i])
    const found = await this.#ids().find(store, candidates)
    const docIds = new Int32Array(ids.length).fill(-1)
    let next = 0
    for (let i = 0; i < ids.length; i++) if (may[i]) docIds[i] = found[next++]!
    return docIds
  }

  firstDocAfter(store: ObjectStore, id: string): Promise<DocId> {
    return this.#ids().firstAfter(store, encodeUtf8(id))
  }

  async hashes(store: ObjectStore, docIds: ArrayLike<DocId>): Promise<Uint8Array> {
    this.#checkDocIds(docIds)
    return this.#once('hashes', () => {
      return new HashSection(this.bytes, this.#section(SectionKind.hashes), this.docCount)
    }).read(store, docIds)
  }

  get askedCount(): number {
    return this.#lanes.reduce((sum, lane) => sum + (lane?.askedCount ?? 0), 0)
  }

  askedTerms(): AskedTerm[] {
    return this.#lanes.flatMap((lane) => {
      if (lane === undefined) return []
      return lane.asked().map(({ term, want }) => ({ field: lane.field, lane: lane.lane, term, want }))
    })
  }

  keepDecoded(store: ObjectStore, terms: () => readonly AskedTerm[]): Generator<void, void> | undefined {
    const file = this.#fileInMemory(store)
    return file && this.#keep(file, store, terms)
  }

  lookUpAhead(store: ObjectStore, terms: () => readonly AskedTerm[]): Generator<void, void> | undefined {
    return this.isInMemory(store) ? this.#lookUp(store, terms) : undefined
  }

  isInMemory(store: ObjectStore): boolean {
    return this.#fileInMemory(store) !== undefined
  }

  #fileInMemory(store: ObjectStore): Uint8Array | undefined {
    const file = store.peek?.(this.source)
    return file?.length === this.file.byteSize ? file : undefined
  }

  *#keep(file: Uint8Array, store: ObjectStore, terms: () => readonly AskedTerm[]): Generator<void, void> {
    // A lane that lies in several pieces is complete after the first.
    for (const { kind, field } of this.footer.sections) {
      const lane = LANES.find((one) => LANE_SECTIONS[one].terms === kind)
      if (lane !== undefined) yield* this.lane(field, lane).keepBlocks(file)
    }
    yield* this.#ids().keepBlocks(file)
    yield* this.#documents().keepBlocks(file)
    yield* this.#lookUp(store, terms)
  }

  *#lookUp(store: ObjectStore, terms: () => readonly AskedTerm[]): Generator<void, void> {
    for (const { want, ...key } of terms()) {
      // The cache may have let the file go meanwhile.
      if (!this.isInMemory(store)) return
      const lists = this.lists(store, [key], want)
      if (lists instanceof Promise) lists.catch(() => undefined)
      yield
    }
  }

  letGo(): void {
    for (const lane of this.#lanes) lane?.letGo()
    // Opening them could fail, and nothing would be kept of them.
    if (this.#opened.has('ids')) this.#ids().letGo()
    if (this.#opened.has('documents')) this.#documents().letGo()
  }

  async #numbers(store: ObjectStore, kind: SectionKind, field: FieldNumber): Promise<Uint32Array | undefined> {
    const section = this.columnSection(kind, field)
    return section === undefined ? undefined : lengthsOfColumn(await section.read(store), this.docCount)
  }

  #checkDocIds(docIds: ArrayLike<DocId>): void {
    for (let i = 0; i < docIds.length; i++)
      assert(docIds[i]! < this.docCount, 'docIds are below the number of documents')
  }

  #documents(): DocumentSection {
    return this.#once('documents', () => {
      const { docCount } = this
      return new DocumentSection(this.bytes, this.#section(SectionKind.documents), {
        docCount,
        inflated: this.#inflated,
      })
    })
  }

  #ids(): IdSection {
    return this.#once('ids', () => new IdSection(this.bytes, this.#section(SectionKind.ids), this.docCount))
  }

  #bloom(): BloomSection {
    return this.#once('bloom', () => new BloomSection(this.bytes, this.#section(SectionKind.bloom)))
  }

  lane(field: FieldNumber, lane: Lane): LaneDictionary {
    const number = field * LANES.length + LANES.indexOf(lane)
    this.#lanes[number] ??= new LaneDictionary(this.bytes, this.footer, { field, lane })
    return this.#lanes[number]
  }

  columnSection(kind: SectionKind, field: FieldNumber): ColumnSection | undefined {
    return this.#once(`column ${kind} ${field}`, () => {
      const section = this.#findSection(kind, field)
      return section && new ColumnSection(this.bytes, section, this.docCount)
    })
  }

  #once<T>(key: string, open: () => T): T {
    if (!this.#opened.has(key)) this.#opened.set(key, open())
    return this.#opened.get(key) as T
  }

  #section(kind: SectionKind): Section {
    const section = this.#findSection(kind, NO_FIELD)
    if (section === undefined) throw corrupt(this.bytes.source, `has no section of kind ${kind}`)
    return section
  }

  #findSection(kind: SectionKind, field: FieldNumber): Section | undefined {
    return this.footer.sections.find((section) => section.kind === kind && section.field === field)
  }
}

function placeOf(entry: TermEntry): TermPlace {
  return entry.place as TermPlace
}
