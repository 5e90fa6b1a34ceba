import {
  ConflictError,
  CorruptDataError,
  FencedError,
  InternalError,
  InvalidRequestError,
  LimitExceededError,
  NotFoundError,
  OutcomeUnknownError,
  PrismError,
  UnavailableError,
} from '../errors.ts'

const CLASSES = {
  NotFoundError,
  ConflictError,
  FencedError,
  InvalidRequestError,
  LimitExceededError,
  CorruptDataError,
  UnavailableError,
  OutcomeUnknownError,
  InternalError,
}

type EncodedError = {
  readonly name: string
  readonly code: string | undefined
  readonly message: string
  readonly details: PrismError['details']
  readonly stack: string | undefined
}

/** Encodes an error as plain data, because errors sent between threads lose their class and members. */
export function encodeError(error: unknown): EncodedError {
  const { name, message, stack } = error instanceof Error ? error : new Error(String(error))
  const { code, details } = error instanceof PrismError ? error : { code: undefined, details: {} }
  return { name, code, message, details, stack }
}

/** Decodes the result of {@link encodeError}. A PrismError keeps its class. */
export function decodeError(encoded: unknown): Error {
  const { name, code, message, details, stack } = encoded as EncodedError
  const known = CLASSES[name as keyof typeof CLASSES]
  const error = known && code !== undefined ? new known(code, message, { details }) : new Error(message)
  if (stack !== undefined) error.stack = stack
  return error
}
