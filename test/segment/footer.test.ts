import { crc32 } from 'node:zlib'
import { expect, test } from 'vitest'
import { CorruptDataError } from '../../core/errors.ts'
import { decodeFooter, encodeFooter, type Footer, sectionsOf } from '../../core/segment/format/footer.ts'
import { FORMAT_VERSION, NO_FIELD, type Section, SectionKind } from '../../core/segment/format/segment-format.ts'

const SECTION: Section = {
  kind: SectionKind.documents,
  field: NO_FIELD,
  start: 8,
  end: 1_000,
  codec: 0,
  required: true,
  crc: 0xdead_beef,
  index: Uint8Array.of(1, 2, 3),
}

const FOOTER: Footer = {
  docCount: 17,
  schemaVersion: 2,
  fields: [
    { number: 3, name: 'a.b', type: 'text', parameters: '', analyzer: 'english', analyzerVersion: 1 },
    { number: 4, name: 'v', type: 'semver', parameters: '{"parts":2}', analyzer: '', analyzerVersion: 0 },
  ],
  sections: [
    SECTION,
    { ...SECTION, kind: SectionKind.column, field: 3, start: 1_000, end: 2 ** 40, index: new Uint8Array(0) },
  ],
}

test('decoding a footer gives what was encoded', () => {
  expect(decode(FOOTER)).toEqual(FOOTER)
})

test('unknown sections are skipped if they are optional, and refused if they are required', () => {
  const unknown = { ...SECTION, kind: 99 }
  expect(decode({ ...FOOTER, sections: [{ ...unknown, required: false }] }).sections).toHaveLength(1)
  expect(() => decode({ ...FOOTER, sections: [unknown] })).toThrow(
    'section kind 99 with codec 0, made by a newer version',
  )
  expect(() => decode({ ...FOOTER, sections: [{ ...SECTION, codec: 5 }] })).toThrow('made by a newer version')
})

test('an optional section in an unknown codec is skipped', () => {
  const known = { ...SECTION, kind: SectionKind.elements, field: 3, required: false }
  const footer = decode({ ...FOOTER, sections: [{ ...known, codec: 5 }, known] })
  expect(footer.sections).toHaveLength(2)
  expect(sectionsOf(footer, SectionKind.elements, 3)).toEqual([known])
})

test('a file of a newer format version is refused, and the error says so', () => {
  const { bytes } = encodeFooter(FOOTER)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  view.setUint32(bytes.length - 16, FORMAT_VERSION + 1, true)
  const crc = crc32(bytes.subarray(0, -8))
  view.setUint32(bytes.length - 8, crc, true)
  const facts = { byteSize: 2 ** 41, footerSize: bytes.length, footerCrc: crc }
  expect(() => decodeFooter(bytes, facts, 'f.seg')).toThrow(
    `f.seg has format version ${FORMAT_VERSION + 1}, made by a newer version`,
  )
})

test('a section that reaches into the footer is corrupt', () => {
  const { bytes, crc } = encodeFooter(FOOTER)
  const facts = { byteSize: 2 ** 40, footerSize: bytes.length, footerCrc: crc }
  expect(() => decodeFooter(bytes, facts, 'f.seg')).toThrow(CorruptDataError)
})

test('the footer of another file is refused', () => {
  const { bytes, crc } = encodeFooter(FOOTER)
  const facts = { byteSize: 2 ** 41, footerSize: bytes.length, footerCrc: (crc ^ 1) >>> 0 }
  expect(() => decodeFooter(bytes, facts, 'f.seg')).toThrow(
    /^f\.seg: footer has crc32 [0-9a-f]{8}, expected [0-9a-f]{8}$/,
  )
})

function decode(footer: Footer): Footer {
  const { bytes, crc } = encodeFooter(footer)
  return decodeFooter(bytes, { byteSize: 2 ** 41, footerSize: bytes.length, footerCrc: crc }, 'f.seg')
}
