/** A run as JUnit XML, in the form that Jenkins and GitLab read: a suite for each group, a case for each rule. */

import { GROUPS, type Rule } from './rule.js';
import type { Result } from './run.js';

/** What a report says about the run as a whole. */
export type Facts = Readonly<Record<string, string>>;

/**
 * Writes the report.
 *
 * @param results one for each rule
 * @param facts go into each suite as properties
 * @param startedAt when the run began
 */
export function junitOf(results: readonly Result[], facts: Facts, startedAt: Date): string {
  const suites = GROUPS.flatMap((group) => {
    const own = results.filter(({ rule }) => groupOf(rule) === group);
    return own.length === 0 ? [] : [suiteOf(group, own, facts, startedAt)];
  });
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites${countsOf(results)} name="socket-protocol certify">
${suites.join('\n')}
</testsuites>
`;
}

function suiteOf(group: string, results: readonly Result[], facts: Facts, startedAt: Date): string {
  const properties = Object.entries(facts).map(
    ([name, value]) => `      <property name="${escaped(name)}" value="${escaped(value)}"/>`,
  );
  const timestamp = startedAt.toISOString().replace(/\..*/, '');
  return `  <testsuite name="${group}"${countsOf(results)} timestamp="${timestamp}">
    <properties>
${properties.join('\n')}
    </properties>
${results.map(caseOf).join('\n')}
  </testsuite>`;
}

function caseOf({ rule, verdict, ms }: Result): string {
  const head = `<testcase classname="${groupOf(rule)}" name="${escaped(`${rule.id}: ${rule.title}`)}" time="${seconds(ms)}"`;
  const text = escaped(verdict.text);
  const place = `protocol.md, section ${rule.section}`;
  switch (verdict.kind) {
    case 'differs':
      return `    ${head}>\n      <failure message="${text}" type="differs">${text} (${place})</failure>\n    </testcase>`;
    case 'not judged':
      return `    ${head}>\n      <skipped message="${text}"/>\n    </testcase>`;
    case 'observed':
      return `    ${head}>\n      <system-out>${text} (${place} leaves it open)</system-out>\n    </testcase>`;
    case 'holds':
      return `    ${head}/>`;
  }
}

function countsOf(results: readonly Result[]): string {
  const count = (kind: string): number => results.filter(({ verdict }) => verdict.kind === kind).length;
  const ms = results.reduce((sum, result) => sum + result.ms, 0);
  return ` tests="${results.length}" failures="${count('differs')}" errors="0" skipped="${count('not judged')}" time="${seconds(ms)}"`;
}

/** The group of a rule. */
export function groupOf({ id }: Rule): string {
  return id.slice(0, id.indexOf('/'));
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}

/** What XML cannot hold, whatever it is escaped as. */
const NOT_XML = /[^\P{Cc}\t\n\r]|[\ufffe\uffff]/gu;

/** A text in XML or HTML, in quotation marks as well. */
export function escaped(text: string): string {
  return text
    .toWellFormed()
    .replace(NOT_XML, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll('\n', '&#10;');
}
