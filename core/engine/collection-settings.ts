import { describeFound } from '../describe-found.ts'
import { InvalidRequestError } from '../errors.ts'
import { quote } from '../quote.ts'
import type { CollectionSettings } from './engine.ts'

const CHECKS: {
  readonly [name in keyof CollectionSettings]-?: readonly [expected: string, (value: unknown) => boolean]
} = {
  allow_partial_results: ['true or false', (value) => typeof value === 'boolean'],
  min_successful_shards: ['a whole number from 0', (value) => Number.isInteger(value) && Number(value) >= 0],
  partial_results_timeout_ms: ['a number above 0', (value) => typeof value === 'number' && value > 0],
}

/** @throws {InvalidRequestError} `invalid_settings` for one that is unknown, or of the wrong kind */
export function readSettings(settings: { readonly [name: string]: unknown }): CollectionSettings {
  for (const [name, value] of Object.entries(settings)) {
    if (!Object.hasOwn(CHECKS, name)) {
      const message = `settings: unknown setting ${quote(name)}, expected one of ${Object.keys(CHECKS).join(', ')}`
      throw new InvalidRequestError('invalid_settings', message)
    }
    const [expected, isValid] = CHECKS[name as keyof CollectionSettings]
    if (isValid(value)) continue
    throw new InvalidRequestError(
      'invalid_settings',
      `settings.${name} must be ${expected}, got ${describeFound(value)}`,
    )
  }
  return settings
}
