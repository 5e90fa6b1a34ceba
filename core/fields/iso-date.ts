/** A date, optionally with a time of day and a zone. Years before 0 or after 9999 need a sign and six digits. */
const ISO_DATE =
  /^(\d{4}|[+-]\d{6})(?:-(\d\d)(?:-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?([Zz]|[+-]\d\d(?::?\d\d)?)?)?)?)?$/

const FULL_TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)?$/

/** Maximum distance from 1970 that a `Date` can represent, in milliseconds. */
export const EPOCH_MS_MAX = 8.64e15

/**
 * Parses an ISO 8601 date to epoch milliseconds. Omitted parts have their lowest value (`2024` is the first millisecond
 * of that year), and the default zone is UTC. Digits beyond milliseconds are cut off.
 *
 * @returns undefined for any other text, such as February 30th
 */
export function parseIsoDate(text: string): number | undefined {
  const match = ISO_DATE.exec(text)
  if (match === null) return undefined
  const [, year, month = '01', day = '01', hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = match
  if (Number(month) < 1 || Number(month) > 12 || year === '-000000') return undefined
  if (Number(day) < 1 || Number(day) > daysInMonth(Number(year), Number(month))) return undefined
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined
  const offsetMs = parseZone(zone)
  if (offsetMs === undefined) return undefined
  const midnight = new Date(0).setUTCFullYear(Number(year), Number(month) - 1, Number(day))
  const timeMs = ((Number(hour) * 60 + Number(minute)) * 60 + Number(second)) * 1000
  const epochMs = midnight + timeMs + Number(fraction.slice(0, 3).padEnd(3, '0')) - offsetMs
  return Math.abs(epochMs) <= EPOCH_MS_MAX ? epochMs : undefined
}

/**
 * Whether a text is a date with a time to the second, and an optional zone: undeclared fields infer dates from these.
 */
export function isFullTimestamp(text: string): boolean {
  return text.length >= 19 && text.length <= 35 && FULL_TIMESTAMP.test(text) && parseIsoDate(text) !== undefined
}

/** How far the zone is ahead of UTC, in milliseconds. */
function parseZone(zone: string): number | undefined {
  if (zone === 'Z' || zone === 'z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(3).replace(':', '') || '0')
  if (hours > 23 || minutes > 59) return undefined
  return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes) * 60_000
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}
