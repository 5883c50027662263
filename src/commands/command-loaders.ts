/** Every command by its id; a command line loads one of them. */
export const commandLoaders: Readonly<Record<string, () => Promise<{ readonly default: unknown }>>> = {
  issue: () => import('./issue.ts'),
  renew: () => import('./renew.ts'),
  'vault:token-status': () => import('./vault/token-status.ts'),
  'vault:login': () => import('./vault/login.ts'),
  'vault:keep-alive': () => import('./vault/keep-alive.ts'),
  'local:init': () => import('./local/init.ts'),
  'local:ca': () => import('./local/ca.ts'),
  'profile:list': () => import('./profile/list.ts'),
  'profile:show': () => import('./profile/show.ts'),
  'profile:set': () => import('./profile/set.ts'),
  'profile:remove': () => import('./profile/remove.ts'),
  'profile:use': () => import('./profile/use.ts'),
  completion: () => import('./completion.ts'),
}
