import type { GeneratedFile } from '../generated-file.ts'
import { yamlText } from '../yaml-text.ts'
import { certificateRules } from './certificate-rules.ts'
import type { AlertFacts } from './rule.ts'
import { runRules } from './run-rules.ts'
import { tokenRules } from './token-rules.ts'

/** A file for `rule_files` of Prometheus. */
export function alertRules(version: string, facts: AlertFacts): GeneratedFile {
  const groups = [
    { name: 'certctl-token', rules: tokenRules(facts) },
    { name: 'certctl-certificates', rules: certificateRules() },
    { name: 'certctl-runs', rules: runRules(facts) },
  ]
  const header = [
    `Made by certctl ${version}. Prometheus reads it by rule_files; try it: promtool check rules FILE`,
    `certctl vault keep-alive --metrics-listen is to be scraped as the job "${facts.job}".`,
    'Runs leave their metrics by --metrics-file or --push-gateway.',
  ]
  return { name: 'certctl.rules.yml', content: yamlText([{ header, value: { groups } }]) }
}
