// What the command definitions do not say. Each fact tells which commands it is about; certctl(1) has them all.

const always = () => true
const isProfile = ({ id }) => id.startsWith('profile:')
const generates = ({ id }) => id.startsWith('generate:')
const asksServer = (command) => 'address' in command.flags && !isProfile(command) && !generates(command)
const readsToken = (command) => asksServer(command) || command.id === 'profile:show'
const readsSettings = (command) =>
  command.id !== 'completion' &&
  (!generates(command) || 'address' in command.flags) &&
  !inspects(command) &&
  !showsStatus(command)
const inspects = ({ id }) => id === 'inspect'
const showsStatus = ({ id }) => id === 'status'
const checks = ({ id }) => id === 'check'
const keepsAlive = ({ id }) => id === 'vault:keep-alive'
const writesDirectory = ({ id }) => id === 'issue' || id === 'renew' || id === 'apply'
const adopts = ({ id }) => id === 'adopt'
const keepsCertificates = (command) => writesDirectory(command) || adopts(command)
const usesAuthority = (command) =>
  keepsCertificates(command) ||
  showsStatus(command) ||
  command.id === 'revoke' ||
  checks(command) ||
  command.id.startsWith('local:')

export const exitCodes = [
  { code: '0', of: (command) => !keepsAlive(command), text: 'done, or nothing was due' },
  { code: '0', of: keepsAlive, text: 'stopped by a signal, or the token never expires, or with --once: done' },
  { code: '1', of: always, text: 'a bug in certctl, and it says so' },
  { code: '2', of: always, text: 'usage: a flag or an argument' },
  {
    code: '3',
    of: readsSettings,
    text: 'a setting is missing or invalid: no address, no token, an empty or missing token file, no issuer known',
  },
  {
    code: '4',
    of: (command) => asksServer(command) && !keepsAlive(command),
    text: 'the token is denied, dead or not renewable, or the issuer refuses the request: asking again changes nothing',
  },
  {
    code: '4',
    of: keepsAlive,
    text: 'the token is denied, revoked, expired or not renewable; with several profiles, when one of them ended so',
  },
  {
    code: '5',
    of: (command) => asksServer(command) && !keepsAlive(command),
    text: "unreachable, no secure connection (trust, name or expiry of the server's certificate, https to an http port), sealed, throttled, or a server error after all retries: try later",
  },
  {
    code: '5',
    of: keepsAlive,
    text: 'with --once: unreachable, no secure connection, sealed, throttled, or a server error; without it, a server that is away is waited for',
  },
  { code: '5', of: inspects, text: 'an endpoint that is unreachable or gives no TLS: try later' },
  {
    code: '6',
    of: inspects,
    text: 'an endpoint that does not start TLS, or sends what makes no sense',
  },
  {
    code: '6',
    of: asksServer,
    text: 'a reply that makes no sense, a refused redirect, or something that this issuer cannot do',
  },
  {
    code: '7',
    of: generates,
    text: 'a file: exists and differs, or cannot be written',
  },
  {
    code: '7',
    of: (command) => readsSettings(command) && !generates(command),
    text: 'a file: exists, locked, unreadable, broken, no CSR, bad signature of a CSR, disk full, key and certificate differ',
  },
  {
    code: '8',
    of: ({ flags }) => 'min-ttl' in flags,
    text: 'a question answered with no: less is left than --min-ttl asks for',
  },
  {
    code: '7',
    of: inspects,
    text: 'a file: unreadable, broken, a wrong password, or no certificate, request, key or PKCS#12',
  },
  { code: '7', of: showsStatus, text: 'the state directory cannot be read' },
  {
    code: '8',
    of: showsStatus,
    text: 'a question answered with no: a certificate is overdue, expired, revoked, not valid yet, missing, unreadable or not deployed, or a file of it is gone or of another',
  },
  { code: '8', of: checks, text: 'a question answered with no: something is bad' },
  {
    code: '9',
    of: ({ id }) => id === 'renew' || id === 'apply' || id === 'adopt',
    text: 'some of a batch failed and some did not; when all failed, their common code',
  },
  { code: '9', of: writesDirectory, text: 'a certificate is published and not deployed' },
  {
    code: '126 127',
    of: keepsAlive,
    text: 'the program beside it can not be run, or is not there; any other status of its own is returned as well, and 128 and the number of the signal that ended it',
  },
  {
    code: '0 1 2 3',
    of: showsStatus,
    text: 'with --nagios: good or due; overdue; expired, missing or the like; unknown',
  },
  { code: '129', of: (command) => !keepsAlive(command), text: 'ended by SIGHUP, as of a terminal that is lost' },
  { code: '130', of: (command) => !keepsAlive(command), text: 'interrupted by SIGINT' },
  { code: '143', of: (command) => !keepsAlive(command), text: 'ended by SIGTERM' },
]

export const otherVariables = [
  { names: ['CERTCTL_PROFILE'], of: ({ flags }) => 'profile' in flags, text: 'the profile to go by, as --profile' },
  {
    names: ['CERTCTL_VAULT_TOKEN', 'BAO_TOKEN', 'VAULT_TOKEN'],
    of: readsToken,
    text: 'the token itself; the first that is set wins',
  },
  {
    names: ['CREDENTIALS_DIRECTORY'],
    of: readsToken,
    text: 'directory of systemd credentials; the token is the one called vault-token',
  },
  { names: ['VAULT_CONFIG_PATH'], of: readsToken, text: 'file that may name a token helper, instead of ~/.vault' },
  { names: ['BAO_PROXY_ADDR', 'VAULT_PROXY_ADDR'], of: asksServer, text: 'proxy for all requests to the Vault server' },
  {
    names: ['HTTPS_PROXY', 'HTTP_PROXY', 'NO_PROXY'],
    of: asksServer,
    text: 'proxies, and hosts to reach without one; loopback never goes through one',
  },
  {
    names: ['JOURNAL_STREAM'],
    of: ({ flags }) => 'log-format' in flags,
    text: 'set by systemd where stderr goes to the journal; decides the form of log lines',
  },
  {
    names: ['CERTCTL_CONFIG_DIR', 'XDG_CONFIG_HOME'],
    of: readsSettings,
    text: 'where profiles are kept: the first, or certctl below the second, else ~/.config/certctl',
  },
  {
    names: ['CERTCTL_STATE_DIR', 'XDG_STATE_HOME'],
    of: (command) => usesAuthority(command) || showsStatus(command),
    text: 'where the state is kept: the first, or certctl below the second, else ~/.local/state/certctl',
  },
  { names: ['NO_COLOR', 'FORCE_COLOR'], of: always, text: 'never and always colour the output' },
]

export const files = [
  {
    path: 'DIR/cert.pem chain.pem fullchain.pem privkey.pem ca.pem',
    of: writesDirectory,
    text: 'The leaf; its issuers without the root; leaf and issuers; the private key, mode 0600; the root where the issuer gives it. These are links into DIR/.live with names that stay.',
  },
  {
    path: 'DIR/certctl.json',
    of: writesDirectory,
    text: 'How the certificate was asked for, without a secret; renewals go by it.',
  },
  {
    path: 'DIR/.live',
    of: writesDirectory,
    text: 'A link to the directory below DIR/.certctl/versions that holds the real files. One rename of it publishes all files at once; the last three versions are kept.',
  },
  { path: '~/.config/certctl/profiles.json', of: readsSettings, text: 'Saved settings, mode 0600; never a token.' },
  {
    path: '~/.local/state/certctl/certificates/',
    of: (command) => keepsCertificates(command) || showsStatus(command),
    text: 'The directories that were issued on this host, for renew --all and status, and what is published beside them.',
  },
  {
    path: '~/.local/state/certctl/adopted/',
    of: adopts,
    text: 'A certificate directory for each certificate that was taken over, by the path that it is known by. It has a copy of certificate and key, which renew --undo goes back to.',
  },
  {
    path: '~/.local/state/certctl/locks/',
    of: keepsCertificates,
    text: 'Locks of running programs; the lock of a dead one is taken over.',
  },
  {
    path: '~/.local/state/certctl/journals/',
    of: writesDirectory,
    text: 'What is being published beside DIR, so that the next run can finish it.',
  },
  {
    path: '~/.local/state/certctl/local-ca/',
    of: usesAuthority,
    text: 'The embedded CA, mode 0700; its key, mode 0600.',
  },
  { path: '~/.vault-token', of: readsToken, text: 'The token that the vault command saved.' },
]

export const signals = [
  {
    name: 'SIGTERM SIGINT',
    of: keepsAlive,
    text: 'Stop within 200 ms, also in the middle of a request, and exit with 0. A second one ends certctl at once.',
  },
  {
    name: 'SIGTERM SIGINT SIGQUIT SIGUSR1',
    of: keepsAlive,
    text: 'With a program beside it: passed on to that, and what it makes of them counts. The loop goes on until the program has ended. A second SIGTERM or SIGINT kills it. Where standard input is a terminal, what is typed there reaches the program by itself and is not passed on.',
  },
  {
    name: 'SIGTERM SIGINT SIGHUP',
    of: (command) => !keepsAlive(command),
    text: 'End the command with status 143, 130 and 129. A certificate that was asked for already is published first.',
  },
  {
    name: 'SIGHUP',
    of: keepsAlive,
    text: 'Read credentials and settings again and renew now. A token that came from a variable stays, with a warning. Not passed on to a program.',
  },
  { name: 'SIGUSR2', of: keepsAlive, text: 'Renew now. Not passed on to a program.' },
  { name: 'SIGUSR1', of: always, text: 'Ignored: by default Node.js would open its debugger.' },
]

/** The fixed messages of the log, and what they ask of the operator. */
export const messages = [
  {
    level: 'INFO',
    message: 'vault token-renewal loop started',
    text: 'One look-up has said what is left and whether it can be renewed.',
  },
  { level: 'INFO', message: 'vault token renewed', text: 'The next renewal follows from the lease that was granted.' },
  {
    level: 'ERROR',
    message: 'vault token renewal failed; rotate the token before TTL expires',
    text: 'The cause is a field beside it. It is tried again until the token expires; the line comes with the first failure, with each change of cause, and each time half of what was left has passed.',
  },
  { level: 'WARN', message: 'vault token is not renewable; rotate it before it expires', text: 'The loop ends.' },
  {
    level: 'WARN',
    message: 'vault token nears its max TTL; renewal cannot extend it',
    text: 'The field endsAt says when it ends.',
  },
  {
    level: 'ERROR',
    message: 'vault token expired',
    text: 'The field reason is max-ttl, ttl or revoked. The loop ends.',
  },
  {
    level: 'INFO',
    message: 'vault token replaced',
    text: 'Another token was found on disk or given by a login, and a look-up has proven it.',
  },
  {
    level: 'WARN',
    message: 'the new credentials are refused; the old ones go on',
    text: 'What lies on disk is no token, or one that the server denies. The cause is a field beside it.',
  },
  {
    level: 'INFO',
    message: 'vault token-renewal loop stopped',
    text: 'By a signal, or by the end of the program beside it.',
  },
]

export const metrics = [
  {
    name: 'certctl_vault_token_renewals_total',
    text: 'Counter with the label result: success, failure or not_renewable.',
  },
  {
    name: 'certctl_vault_token_expiry_timestamp_seconds',
    text: 'When the token expires unless it is renewed; absent while it never expires.',
  },
  { name: 'certctl_vault_token_last_renewal_timestamp_seconds', text: 'When it was last renewed.' },
  { name: 'certctl_vault_token_next_renewal_timestamp_seconds', text: 'When it is to be renewed next.' },
  { name: 'certctl_vault_token_renewable', text: '1 while it can be renewed, else 0.' },
  { name: 'certctl_build_info', text: 'Always 1; the labels say what runs.' },
]
