import { Flags } from '@oclif/core'
import type { Duration } from '../../core/duration.ts'
import { durationFlag } from '../duration-flag.ts'

const group = { helpGroup: 'LOGIN' }

export const authMethods = ['approle', 'kubernetes', 'jwt', 'cert', 'userpass', 'ldap'] as const
export type AuthMethod = (typeof authMethods)[number]

export const loginFlags = {
  auth: Flags.option({
    ...group,
    description: 'log in by this method when there is no good token',
    options: authMethods,
  })(),
  'auth-mount': Flags.string({
    ...group,
    description: "path of the auth method; the method's name by default",
    helpValue: 'PATH',
  }),
  'auth-role': Flags.string({
    ...group,
    description: 'role to log in for: kubernetes, jwt, cert; of the wrapped secret id: approle',
    helpValue: 'NAME',
  }),
  'role-id-file': Flags.string({ ...group, description: 'approle: file with the role id', helpValue: 'PATH' }),
  'secret-id-file': Flags.string({
    ...group,
    description: 'approle: file with the secret id',
    helpValue: 'PATH',
    exclusive: ['wrapped-secret-id-file'],
  }),
  'wrapped-secret-id-file': Flags.string({
    ...group,
    description: 'approle: file with the wrapping token of a secret id',
    helpValue: 'PATH',
  }),
  'jwt-file': Flags.string({
    ...group,
    description: "kubernetes, jwt: file with the token; the pod's own for kubernetes",
    helpValue: 'PATH',
  }),
  username: Flags.string({ ...group, description: 'userpass, ldap: name to log in as', helpValue: 'NAME' }),
  'password-file': Flags.string({
    ...group,
    description: 'userpass, ldap: file with the password; asked for on a terminal',
    helpValue: 'PATH',
  }),
  sink: Flags.string({
    ...group,
    description: 'file that the token is written to',
    helpValue: 'PATH',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'sink-mode': Flags.string({
    ...group,
    description: 'mode of the sinks; 0600 by default',
    helpValue: 'MODE',
    dependsOn: ['sink'],
  }),
  'sink-owner': Flags.string({
    ...group,
    description: 'user that the sinks belong to',
    helpValue: 'USER',
    dependsOn: ['sink'],
  }),
  'sink-group': Flags.string({
    ...group,
    description: 'group that the sinks belong to',
    helpValue: 'GROUP',
    dependsOn: ['sink'],
  }),
  'wrap-ttl': durationFlag({
    ...group,
    description: 'hand the token on response-wrapped, to be unwrapped once within this time; JSON as from Vault Agent',
  }),
}

/** What the flags of a login were told. */
export interface LoginFlags {
  readonly auth?: AuthMethod | undefined
  readonly 'auth-mount'?: string | undefined
  readonly 'auth-role'?: string | undefined
  readonly 'role-id-file'?: string | undefined
  readonly 'secret-id-file'?: string | undefined
  readonly 'wrapped-secret-id-file'?: string | undefined
  readonly 'jwt-file'?: string | undefined
  readonly username?: string | undefined
  readonly 'password-file'?: string | undefined
  readonly sink?: readonly string[] | undefined
  readonly 'sink-mode'?: string | undefined
  readonly 'sink-owner'?: string | undefined
  readonly 'sink-group'?: string | undefined
  readonly 'wrap-ttl'?: Duration | undefined
}
