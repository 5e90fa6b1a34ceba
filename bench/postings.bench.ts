import { createReadStream } from 'node:fs'
import { cpus } from 'node:os'
import { createInterface } from 'node:readline'
import { openAnalyzer, TokenBuffer } from '../core/analysis/text-analyzer.ts'
import { BLOCK_SIZE, pack, packedWords, UNPACK, UNPACK_DELTAS, unpackSome } from '../core/bytes/bit-packing.ts'
import { DictionaryWriter, type LaneIndex } from '../core/dictionary/dictionary-writer.ts'
import { SparseIndex } from '../core/dictionary/sparse-index.ts'
import { type ListRange, openTermBlock, type TermBlock } from '../core/dictionary/term-block.ts'
import { TextFieldIndex } from '../core/dictionary/text-field-index.ts'
import { PostingsMerger } from '../core/postings/merge-postings.ts'
import { openPositions } from '../core/postings/open-positions.ts'
import { openPostings } from '../core/postings/open-postings.ts'
import type { PositionList, PostingList } from '../core/postings/posting-list.ts'
import { openCorpus } from './corpora/corpus.ts'

/**
 * Measures speed and size of the parts of the text index: `npx tsx bench/postings.bench.ts [CORPUS]`.
 * Makes tokens beforehand, so that the builder is measured alone. All times are CPU times.
 */
const corpus = await openCorpus(process.argv[2] ?? 'sentences-100k', new URL('.data', import.meta.url).pathname)

const ROUND_MS_MIN = 40

type Tokens = { ids: Uint32Array; positions: Uint32Array; ends: number[]; textBytes: number }
type Lane = { kind: 'text' | 'form'; index: LaneIndex; blocks: Uint8Array; postings: Uint8Array; positions: Uint8Array }
type Term = { postings: PostingList; positions: PositionList }

console.log(
  `${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}, ${corpus.name}: ${corpus.documents} documents`,
)
benchUnpacking()
const analyzer = await openAnalyzer('english')
const tokens = await tokenize()
const terms = benchBuilder(tokens)
benchDictionary(terms)
benchLists(terms)
benchMerge(tokens)

function benchUnpacking(): void {
  const values = Uint32Array.from({ length: BLOCK_SIZE }, (_, i) => Math.imul(i + 1, 0x9e3779b1) >>> 0)
  console.log('\nbits   generated   deltas   loop   (million integers per second)')
  for (const width of [1, 3, 5, 8, 11, 17]) {
    const some = values.map((value) => value >>> (32 - width))
    const words = new Uint32Array(packedWords(BLOCK_SIZE, width))
    pack(some, BLOCK_SIZE, width, words, 0)
    const out = new Uint32Array(BLOCK_SIZE)
    const rates = [
      () => UNPACK[width]!(words, 0, out, 1),
      () => UNPACK_DELTAS[width]!(words, 0, out, -1),
      () => unpackSome(words, 0, out, { width, count: BLOCK_SIZE, add: 1 }),
    ].map((run) => BLOCK_SIZE / nanoseconds(run) / 1e-3)
    console.log(String(width).padStart(4), ...rates.map((rate) => rate.toFixed(0).padStart(9)))
  }
}

async function tokenize(): Promise<Tokens> {
  const into = new TokenBuffer()
  let ids = new Uint32Array(1 << 20)
  let positions = new Uint32Array(1 << 20)
  const ends: number[] = []
  let count = 0
  let textBytes = 0
  for await (const line of createInterface({ input: createReadStream(corpus.file) })) {
    const document = JSON.parse(line) as Record<string, string>
    for (const field of corpus.textFields) {
      const text = document[field] ?? ''
      textBytes += Buffer.byteLength(text)
      analyzer.tokenize(text, into)
      if (count + into.count > ids.length) {
        ids = doubled(ids)
        positions = doubled(positions)
      }
      ids.set(into.ids.subarray(0, into.count), count)
      const base = count === (ends.at(-1) ?? 0) ? 0 : positions[count - 1]! + 100
      for (let i = 0; i < into.count; i++) positions[count + i] = base + into.positions[i]!
      count += into.count
    }
    ends.push(count)
  }
  return { ids, positions, ends, textBytes }
}

function benchBuilder(tokens: Tokens): Lane {
  let best = Number.POSITIVE_INFINITY
  for (let run = 0; run < 3; run++)
    best = Math.min(
      best,
      milliseconds(() => fillIndex(tokens)),
    )
  const { index, lengths } = fillIndex(tokens)
  let terms: Lane | undefined
  let forms: Lane | undefined
  const writeMs = milliseconds(() => {
    terms = writeLane('text', (writer) => index.writeTerms(writer, lengths))
  })
  const formsMs = milliseconds(() => {
    forms = writeLane('form', (writer) => index.writeForms(writer))
  })
  const megabytes = tokens.textBytes / 1e6
  const tokenCount = tokens.ends.at(-1)!
  console.log(`\n${megabytes.toFixed(1)} MB of text, ${tokenCount} tokens, ${index.termCount} terms`)
  console.log(
    `accumulate ${(megabytes / best / 1e-3).toFixed(1)} MB/s, ${((best * 1e6) / tokenCount).toFixed(0)} ns per token`,
  )
  console.log(
    `write terms ${(megabytes / writeMs / 1e-3).toFixed(1)} MB/s, forms ${(megabytes / formsMs / 1e-3).toFixed(1)} MB/s`,
  )
  console.log(`together ${(megabytes / (best + writeMs + formsMs) / 1e-3).toFixed(1)} MB/s`)
  report('text lane', terms!, megabytes)
  report('form lane', forms!, megabytes)
  return terms!
}

function fillIndex(
  { ids, positions, ends }: Tokens,
  part = 0,
  parts = 1,
): { index: TextFieldIndex; lengths: Uint32Array } {
  const index = new TextFieldIndex(analyzer.vocabulary)
  const lengths = new Uint32Array(ends.length)
  let doc = 0
  for (let d = part; d < ends.length; d += parts) {
    const start = d === 0 ? 0 : ends[d - 1]!
    const end = ends[d]!
    for (let i = start; i < end; i++) index.add(doc, ids[i]!, positions[i]!)
    lengths[doc++] = end - start
  }
  return { index, lengths }
}

function report(name: string, lane: Lane, megabytes: number): void {
  const { blockCount, entryCount } = new SparseIndex(lane.index.sparseIndex, name)
  let inline = 0
  for (const block of eachBlock(lane)) {
    for (let i = 0; i < block.count; i++) {
      inline += inlineSize(block.postingsRange(i))
      if (lane.kind === 'text') inline += inlineSize(block.positionsRange(i))
    }
  }
  const parts: Record<string, number> = {
    'dictionary with single documents': lane.blocks.length - inline,
    'short lists': inline,
    postings: lane.postings.length,
    positions: lane.positions.length,
    'sparse index': lane.index.sparseIndex.length,
    'frequent terms': lane.index.frequentTerms.length,
  }
  const total = Object.values(parts).reduce((sum, size) => sum + size, 0)
  console.log(
    `${name}: ${entryCount} entries in ${blockCount} blocks, ${(total / 1e6 / megabytes).toFixed(3)} of the text`,
  )
  console.log(
    `  ${Object.entries(parts)
      .map(([part, size]) => `${part} ${(size / 1e6).toFixed(2)}`)
      .join(', ')} MB`,
  )
}

function benchDictionary(lane: Lane): void {
  const index = new SparseIndex(lane.index.sparseIndex, 'index')
  const wanted = Array.from({ length: 1000 }, (_, i) => {
    const block = openBlock(lane, (i * 7919) % index.blockCount)
    return block.termBytes(i % block.count).slice()
  })
  const blocks = wanted.map((term) => openBlock(lane, index.blockOf(term)))
  let i = 0
  const next = () => (i = (i + 1) % wanted.length)
  const blockOf = nanoseconds(() => index.blockOf(wanted[next()]!))
  const open = nanoseconds(() => openBlock(lane, (next() * 7919) % index.blockCount))
  const find = nanoseconds(() => blocks[next()]!.find(wanted[i]!))
  console.log(
    `\nsparse index ${blockOf.toFixed(0)} ns, open block ${open.toFixed(0)} ns, find in it ${find.toFixed(0)} ns`,
  )
}

function benchLists(lane: Lane): void {
  const kinds: { [kind: string]: (() => Term)[] } = { '1': [], '2–127': [], '128–1000': [], more: [] }
  const sizes: { [kind: string]: { docs: number; postings: number; positions: number; occurrences: number } } = {}
  const freqs = new Uint32Array(BLOCK_SIZE)
  for (const block of eachBlock(lane)) {
    for (let i = 0; i < block.count; i++) {
      const docFreq = block.docFreq(i)
      const kind = docFreq === 1 ? '1' : docFreq < 128 ? '2–127' : docFreq <= 1000 ? '128–1000' : 'more'
      const open = () => openTerm(lane, block, i)
      kinds[kind]!.push(open)
      const size = sizes[kind] ?? { docs: 0, postings: 0, positions: 0, occurrences: 0 }
      sizes[kind] = size
      size.docs += docFreq
      size.postings += rangeSize(block.postingsRange(i))
      size.positions += rangeSize(block.positionsRange(i))
      const { postings } = open()
      for (let b = 0; b < postings.blockCount; b++) {
        postings.decodeFreqs(b, freqs)
        for (let d = 0; d < postings.blockLength(b); d++) size.occurrences += freqs[d]!
      }
    }
  }
  console.log('\ndocFreq      lists  B/posting  B/position  open ns   docs  freqs  lengths  positions (M/s)')
  for (const [kind, opens] of Object.entries(kinds)) {
    if (opens.length === 0) continue
    const size = sizes[kind]!
    let i = 0
    const next = () => {
      i = (i + 1) % opens.length
      return i
    }
    const open = nanoseconds(() => opens[next()]!())
    const sample = opens.slice(0, 20_000).map((one) => one())
    const docs = sample.reduce((sum, { postings }) => sum + postings.docFreq, 0)
    const out = new Uint32Array(BLOCK_SIZE)
    const each = (decode: (term: Term, b: number) => void) => {
      const run = () =>
        sample.forEach((term) => {
          for (let b = 0; b < term.postings.blockCount; b++) decode(term, b)
        })
      return (docs / nanoseconds(run)) * 1e3
    }
    const rates = [
      each(({ postings }, b) => postings.decodeDocs(b, out)),
      each(({ postings }, b) => postings.decodeFreqs(b, out)),
      each(({ postings }, b) => postings.decodeLengths(b, out)),
    ]
    let occurrences = 0
    for (const { postings } of sample) {
      for (let b = 0; b < postings.blockCount; b++) {
        postings.decodeFreqs(b, freqs)
        for (let d = 0; d < postings.blockLength(b); d++) occurrences += freqs[d]!
      }
    }
    let places: Uint32Array = new Uint32Array(256)
    const positions = each(({ postings, positions }, b) => {
      postings.decodeFreqs(b, freqs)
      places = positions.decode(b, freqs, places)
    })
    console.log(
      kind.padEnd(9),
      String(opens.length).padStart(8),
      (size.postings / size.docs).toFixed(2).padStart(10),
      (size.positions / size.occurrences).toFixed(2).padStart(11),
      open.toFixed(0).padStart(8),
      ...rates.map((rate) => rate.toFixed(0).padStart(6)),
      ((positions * occurrences) / docs).toFixed(0).padStart(10),
    )
  }
}

function benchMerge(tokens: Tokens): void {
  const parts = 8
  const lanes = Array.from({ length: parts }, (_, part) => {
    const { index, lengths } = fillIndex(tokens, part, parts)
    return writeLane('text', (writer) => index.writeTerms(writer, lengths))
  })
  const maps = lanes.map((_, part) =>
    Uint32Array.from({ length: Math.ceil(tokens.ends.length / parts) }, (_, i) => i * parts + part),
  )
  let postingCount = 0
  const ms = milliseconds(() => {
    const merger = new PostingsMerger('scored')
    writeLane('text', (writer) => {
      for (const { term, sources } of mergedTerms(lanes)) {
        writer.begin(term)
        postingCount += merger.merge(
          sources.map(({ lane, block, i }) => ({ ...openTerm(lanes[lane]!, block, i), map: maps[lane]! })),
          writer,
        )
        writer.end()
      }
    })
  })
  console.log(
    `\nmerge of ${parts} segments: ${(postingCount / 1e3 / ms).toFixed(1)} M postings/s, ${(tokens.textBytes / 1e3 / ms).toFixed(1)} MB of text/s`,
  )
}

type At = { lane: number; block: TermBlock; i: number }

/** The distinct terms of all lanes in order, with their places in the lanes. */
function* mergedTerms(lanes: readonly Lane[]): Generator<{ term: Uint8Array; sources: At[] }> {
  const walks = lanes.map((lane) => walk(lane))
  const heads = walks.map((one) => one.next().value)
  for (;;) {
    let least: Uint8Array | undefined
    for (const head of heads) {
      if (head && (!least || Buffer.compare(head.term, least) < 0)) least = head.term
    }
    if (!least) return
    const sources: At[] = []
    for (const [lane, head] of heads.entries()) {
      if (!head || Buffer.compare(head.term, least) !== 0) continue
      sources.push({ lane, block: head.block, i: head.i })
      heads[lane] = walks[lane]!.next().value
    }
    yield { term: least, sources }
  }
}

function* walk(lane: Lane): Generator<{ term: Uint8Array; block: TermBlock; i: number }, undefined> {
  const { blockCount } = new SparseIndex(lane.index.sparseIndex, 'index')
  for (let b = 0; b < blockCount; b++) {
    const block = openBlock(lane, b)
    for (let i = 0; i < block.count; i++) yield { term: block.termBytes(i), block, i }
  }
  return undefined
}

function openTerm(lane: Lane, block: TermBlock, i: number): Term {
  const docFreq = block.docFreq(i)
  const stored = { docFreq, docCount: 2 ** 31, source: 'list' }
  return {
    postings:
      block.openPostings(i, stored) ??
      openPostings(sliceOf(lane.postings, block.postingsRange(i)), { ...stored, scored: true }),
    positions:
      block.openPositions(i, 'list') ??
      openPositions(sliceOf(lane.positions, block.positionsRange(i)), { ...stored, checksum: 'own' }),
  }
}

function sliceOf(bytes: Uint8Array, { start, end }: ListRange): Uint8Array {
  return bytes.subarray(start, end)
}

function writeLane(lane: 'text' | 'form', fill: (writer: DictionaryWriter) => void): Lane {
  const writer = new DictionaryWriter(lane, { postingsAt: 0, positionsAt: 0 })
  fill(writer)
  const index = writer.finish()
  return {
    kind: lane,
    index,
    blocks: writer.blocks.take(),
    postings: writer.postings.take(),
    positions: writer.positions.take(),
  }
}

function openBlock(lane: Lane, b: number): TermBlock {
  const { start, end } = new SparseIndex(lane.index.sparseIndex, 'index').range(b)
  const shape = { lane: lane.kind, place: 'dictionary' } as const
  return openTermBlock(lane.blocks.subarray(start, end), shape, 'block')
}

function eachBlock(lane: Lane): TermBlock[] {
  const { blockCount } = new SparseIndex(lane.index.sparseIndex, 'index')
  return Array.from({ length: blockCount }, (_, b) => openBlock(lane, b))
}

function inlineSize(range: ListRange): number {
  return range.place === 'block' ? rangeSize(range) : 0
}

function rangeSize({ start, end }: ListRange): number {
  return end - start
}

/** CPU time of a run in this process, because other processes may use the machine too. */
function milliseconds(run: () => void): number {
  const start = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(start)
  return (user + system) / 1e3
}

/** CPU time of one run: the best of five rounds, each much longer than a tick of the system's clock. */
function nanoseconds(run: () => void): number {
  let count = 1
  let best = Number.POSITIVE_INFINITY
  for (let round = 0; round < 5; ) {
    const ms = milliseconds(() => {
      for (let i = 0; i < count; i++) run()
    })
    if (ms < ROUND_MS_MIN) count *= 2
    else {
      best = Math.min(best, (ms * 1e6) / count)
      round++
    }
  }
  return best
}

function doubled(array: Uint32Array<ArrayBuffer>): Uint32Array<ArrayBuffer> {
  const grown = new Uint32Array(array.length * 2)
  grown.set(array)
  return grown
}
