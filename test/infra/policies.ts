import { inputsOf, type Plan } from './plan.ts'

type Statement = {
  readonly Effect: string
  readonly Action: readonly string[]
  readonly Resource: readonly string[]
  readonly Condition?: unknown
}

/** The permissions of a role as `action on resource`, in alphabetical order. */
export function grantsOf(plan: Plan, role: string): string[] {
  const policies = inputsOf(plan, 'aws:iam/role:Role', role).inlinePolicies as { readonly policy: string }[]
  return policies
    .flatMap(({ policy }) => statementsOf(policy))
    .flatMap(({ Effect, Action, Resource, Condition }) => {
      if (Effect !== 'Allow' || Condition !== undefined) throw new Error('a statement that is no plain grant')
      return Action.flatMap((action) => Resource.map((resource) => `${action} on ${resource.split(':').at(-1)}`))
    })
    .sort()
}

export function statementsOf(policy: string): readonly Statement[] {
  return (JSON.parse(policy) as { readonly Statement: readonly Statement[] }).Statement
}
