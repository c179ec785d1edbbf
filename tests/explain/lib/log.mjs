// MariaDB's general log: which statements were prepared, and with which values they ran.
import { readFileSync } from 'node:fs';

const ENTRY = /^(?:\d{6}\s+\d+:\d\d:\d\d)?\t\s*\d+ ([A-Z][A-Za-z ]*)\t(.*)$/;

// Entries as {command, text}; a value with line feeds runs over several lines. Bytes stay
// bytes: values may be anything.
function* entries(files) {
    let one = null;
    for (const line of files.flatMap((f) => readFileSync(f, 'latin1').split('\n'))) {
        const m = ENTRY.exec(line);
        if (m) {
            if (one) yield one;
            one = { command: m[1], text: m[2] };
        } else if (one) one.text += '\n' + line;
    }
    if (one) yield one;
}

const STRING = /'(?:[^'\\]|\\.|'')*'/gs;

// The statement with a value for each mark that is left: any, but where only a number will do.
export function filled(sql) {
    const numbers = (text) => text.replace(/(LIMIT|OFFSET|INTERVAL) \?/g, '$1 20')
        .replace(/:lo\b/g, '0').replace(/:hi\b/g, '1000').replace(/\?|%s/g, "'1'");
    const strings = sql.match(STRING) ?? [];
    return sql.split(STRING).map((text, i) => numbers(text) + (strings[i] ?? '')).join('');
}

// The statement without its values: what is prepared and what runs become the same text, and
// lists of any length too.
export function shape(sql) {
    return sql
        .replace(STRING, '?')
        .replace(/\b\d+\b/g, '?')
        .replace(/\bNULL\b/g, '?')
        .replace(/\?(\s*,\s*\?)+/g, '?')
        .replace(/\(\?\)(\s*,\s*\(\?\))+/g, '(?)')
        .replace(/\s+/g, ' ')
        .trim();
}

// shape => up to `each` texts with values. A statement that never ran with values has none.
export function recorded(files, each) {
    const seen = new Map();
    for (const { command, text } of entries(files)) {
        if (command !== 'Prepare' && command !== 'Execute') continue;
        const key = shape(text);
        if (!seen.has(key)) seen.set(key, new Set());
        if (command === 'Execute' && seen.get(key).size < each) seen.get(key).add(text);
    }
    return seen;
}

// shape => one text with its marks, of each statement that was prepared.
export function prepared(files) {
    const seen = new Map();
    for (const { command, text } of entries(files))
        if (command === 'Prepare') seen.set(shape(text), text);
    return seen;
}
