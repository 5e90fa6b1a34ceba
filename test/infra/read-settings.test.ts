import { expect, test } from 'vitest'
import { readSettings } from '../../infra/read-settings.ts'

test('by default production reserves executions, and other stages do not', () => {
  const common = {
    leafCount: 4,
    authorization: 'iam',
    corsOrigins: [],
    domain: undefined,
    alarmEmail: undefined,
    apiEnvironment: { PRISM_FAN_OUT: 'auto', PRISM_HEDGE: 'off' },
  }

  expect(readSettings({}, 'production')).toEqual({ ...common, isProduction: true, reserved: { leaf: 20, compact: 1 } })
  expect(readSettings({}, 'alice')).toEqual({ ...common, isProduction: false, reserved: undefined })
})

test('an empty setting counts as not set', () => {
  const empty = { PRISM_LEAVES: '', PRISM_DOMAIN: ' ', PRISM_LEAF_RESERVED: '', PRISM_ALARM_EMAIL: '' }

  expect(readSettings(empty, 'production')).toEqual(readSettings({}, 'production'))
})

test('every setting is read', () => {
  const settings = readSettings(
    {
      PRISM_LEAVES: '64',
      PRISM_LEAF_RESERVED: '1000',
      PRISM_AUTHORIZATION: 'none',
      PRISM_CORS: 'https://app.example, http://localhost:5173',
      PRISM_DOMAIN: 'search.example.com',
      PRISM_ALARM_EMAIL: 'on-call@example.com',
      PRISM_FAN_OUT: 'never',
      PRISM_HEDGE: 'on',
      PRISM_SHARDS_DEFAULT: '256',
    },
    'alice',
  )

  expect(settings).toEqual({
    isProduction: false,
    leafCount: 64,
    reserved: { leaf: 1000, compact: 1 },
    authorization: 'none',
    corsOrigins: ['https://app.example', 'http://localhost:5173'],
    domain: 'search.example.com',
    alarmEmail: 'on-call@example.com',
    apiEnvironment: { PRISM_FAN_OUT: 'never', PRISM_HEDGE: 'on', PRISM_SHARDS_DEFAULT: '256' },
  })
})

test.each([
  ['PRISM_LEAVES', '65', 'PRISM_LEAVES must be a whole number from 0 to 64, got "65"'],
  ['PRISM_LEAVES', '-1', 'PRISM_LEAVES must be a whole number from 0 to 64, got "-1"'],
  ['PRISM_LEAVES', '4.0', 'PRISM_LEAVES must be a whole number from 0 to 64, got "4.0"'],
  ['PRISM_LEAF_RESERVED', '0', 'PRISM_LEAF_RESERVED must be a whole number from 1 to 1000 or none, got "0"'],
  ['PRISM_AUTHORIZATION', 'jwt', 'PRISM_AUTHORIZATION must be iam or none, got "jwt"'],
  ['PRISM_CORS', 'app.example', 'PRISM_CORS must be origins such as https://app.example, or *, got "app.example"'],
  [
    'PRISM_CORS',
    '*,https://app.example/',
    'PRISM_CORS must be origins such as https://app.example, or *, got "https://',
  ],
  ['PRISM_DOMAIN', 'https://example.com', 'PRISM_DOMAIN must be a host name, got "https://example.com"'],
  ['PRISM_ALARM_EMAIL', 'on-call', 'PRISM_ALARM_EMAIL must be an e-mail address, got "on-call"'],
  ['PRISM_FAN_OUT', 'yes', 'PRISM_FAN_OUT must be auto or always or never, got "yes"'],
  ['PRISM_HEDGE', 'true', 'PRISM_HEDGE must be on or off, got "true"'],
  ['PRISM_SHARDS_DEFAULT', '0', 'PRISM_SHARDS_DEFAULT must be a whole number from 1 to 256, got "0"'],
])('%s=%s is refused with an error that names the setting', (name, value, message) => {
  expect(() => readSettings({ [name]: value }, 'production')).toThrow(message)
})

test('fan-out cannot be "always" without leaves', () => {
  expect(() => readSettings({ PRISM_FAN_OUT: 'always', PRISM_LEAVES: '0' }, 'alice')).toThrow(
    'PRISM_FAN_OUT is "always", but PRISM_LEAVES is 0',
  )
})
