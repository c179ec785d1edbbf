// The statements that stand in the programs: what no test reached is explained as well.
import { execFileSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';

import { shape } from './log.mjs';

const PROGRAMS = ['souk-worker', 'souk-jobs', 'souk'];
const VERB = /^\(?(SELECT|UPDATE|DELETE|INSERT|REPLACE|WITH) /;

const standIn = (program) =>
    execFileSync('strings', ['-n', '12', program], { maxBuffer: 1 << 28, encoding: 'latin1' }).split('\n')
        .filter((line) => VERB.test(line) && !/^SELECT (1|RELEASE_LOCK|GET_LOCK)/.test(line));

// What souk-pay asks its own books, which are SQLite's.
const PROVIDER = new URL('../../../app/provider/', import.meta.url);
const others = readdirSync(PROVIDER).filter((f) => f.endsWith('_store.c'))
    .map((f) => readFileSync(new URL(f, PROVIDER), 'utf8').replace(/"\s*"/g, '')).join('\n');

// Without souk-pay's, and those that take a table's name.
export function texts(build) {
    const all = new Set();
    for (const program of PROGRAMS)
        for (const line of standIn(`${build}/${program}`))
            if (!others.includes(`"${line}`) && !line.includes('`%')) all.add(line.replace(/ IN $/, " IN ('1','2')"));
    return [...all];
}

// Texts that are put together with others are heads of what was recorded.
export const begins = (shapes, text) => {
    const head = shape(text.replaceAll('%s', '?')).replace(/[\s?]*$/, '');
    return [...shapes].some((s) => s.startsWith(head));
};
