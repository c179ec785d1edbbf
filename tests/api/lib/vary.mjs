// Bodies and parameters that a schema refuses, and such that it allows, made from the schema.

const OTHERS = {
    string: [7, true, [], {}],
    integer: ['7', 1.5, true, [], {}],
    boolean: ['true', 1, [], {}],
    array: ['a', 7, {}],
    object: ['a', 7, []],
};
const typeOf = (s) => (Array.isArray(s.type) ? s.type.find((t) => t !== 'null') : s.type);
const nullable = (s) => Array.isArray(s.type) || s.type === undefined;

// Values of one field that it must refuse, each with its name.
function* badValues(s) {
    const type = typeOf(s);
    if (!nullable(s)) yield ['null', null];
    for (const v of OTHERS[type] ?? []) yield [`wrong type ${JSON.stringify(v)}`, v];
    if (s.minimum !== undefined) yield ['below its minimum', s.minimum - 1];
    if (s.maximum !== undefined) yield ['above its maximum', s.maximum + 1];
    if (type === 'integer') yield ['beyond 64 bits', 1e30];
    if (s.minLength > 0) yield ['too short', ''];
    if (s.maxLength !== undefined && s.maxLength < 100000) yield ['too long', 'x'.repeat(s.maxLength + 1)];
    if (s.enum) yield ['none of its choices', 'no such choice'];
    if (s.pattern) yield ['not of its pattern', '0'];
    if (s.format === 'email') yield ['no address', 'nobody'];
    if (s.format === 'date-time') yield ['no time', 'tomorrow'];
    if (s.minItems > 0) yield ['too few', []];
    if (s.maxItems < 5000) yield ['too many', Array(s.maxItems + 1).fill(sample(s.items))];
}

// Some value that it allows.
export function sample(s) {
    if (s.examples) return s.examples[0];
    if (s.enum) return s.enum[0];
    switch (typeOf(s)) {
        case 'integer': return Math.max(s.minimum ?? 1, Math.min(1, s.maximum ?? 1));
        case 'boolean': return true;
        case 'array': return Array(Math.max(1, s.minItems ?? 0)).fill(sample(s.items));
        case 'object':
            return Object.fromEntries((s.required ?? []).map((k) => [k, sample(s.properties[k])]));
        case 'string':
            if (s.pattern) return '7241937510412289';
            if (s.format === 'email') return 'amina@example.com';
            if (s.format === 'date-time') return '2026-11-23T12:00:00Z';
            return 'text'.repeat(Math.ceil((s.minLength ?? 1) / 4) || 1).slice(0, Math.min(s.maxLength ?? 20, Math.max(4, s.minLength ?? 0)));
    }
    return 'text';
}

const merged = (body, path, value) => {
    const [key, ...rest] = path;
    const copy = Array.isArray(body) ? [...body] : { ...body };
    if (rest.length) copy[key] = merged(body?.[key] ?? {}, rest, value);
    else if (value === undefined) delete copy[key];
    else copy[key] = value;
    return copy;
};

// [what is wrong, the body] for every field, nested ones too, from a body that is right.
export function* badBodies(schema, good, whole = good, path = []) {
    yield [`unknown member of /${path.join('/')}`, merged(whole, [...path, 'no_such_member'], 1)];
    for (const [name, s] of Object.entries(schema.properties ?? {})) {
        const at = [...path, name];
        if (schema.required?.includes(name)) yield [`without /${at.join('/')}`, merged(whole, at, undefined)];
        for (const [what, v] of badValues(s)) yield [`/${at.join('/')}: ${what}`, merged(whole, at, v)];
        const value = good?.[name] ?? sample(s);
        if (s.properties) yield* badBodies(s, value, merged(whole, at, value), at);
        if (s.items?.properties) {
            const one = good?.[name]?.[0] ?? sample(s.items);
            yield* badBodies(s.items, one, merged(whole, at, [one]), [...at, 0]);
        }
    }
}

// Bodies at the bounds of what each field allows; whether they make sense is the shop's to say.
export function* oddBodies(schema, good) {
    for (const [name, s] of Object.entries(schema.properties ?? {})) {
        const set = (v) => merged(good, [name], v);
        if (nullable(s) && s.type) yield [`/${name} null`, set(null)];
        for (const v of s.enum ?? []) if (v !== null) yield [`/${name} ${v}`, set(v)];
        if (s.minimum !== undefined) yield [`/${name} at its minimum`, set(s.minimum)];
        if (s.maximum !== undefined) yield [`/${name} at its maximum`, set(s.maximum)];
        if (s.maxLength < 100000) yield [`/${name} at its longest`, set('é'.repeat(s.maxLength))];
        if (typeOf(s) === 'boolean') yield [`/${name} false`, set(false)];
        if (!schema.required?.includes(name)) yield [`/${name} given`, set(sample(s))];
        if (s.type === undefined) for (const v of ['a', 7, [], {}, [1], { a: {} }]) yield [`/${name} any`, set(v)];
    }
}

// ?name=value that a parameter refuses.
export function* badParameters(parameters) {
    yield ['an unknown parameter', 'no_such_parameter=1'];
    for (const { name, schema: s } of parameters.filter((p) => p.in === 'query')) {
        const q = (v) => `${name}=${encodeURIComponent(v)}`;
        const type = typeOf(s);
        if (type === 'integer') {
            yield [`${name} no number`, q('x')];
            if (s.minimum !== undefined) yield [`${name} below`, q(s.minimum - 1)];
            if (s.maximum !== undefined) yield [`${name} above`, q(s.maximum + 1)];
        }
        if (type === 'boolean') yield [`${name} no boolean`, q('perhaps')];
        if (s.enum) yield [`${name} no choice`, q('no such choice')];
        if (s.pattern) yield [`${name} no id`, q('x')];
        if (s.maxLength) yield [`${name} too long`, q('x'.repeat(s.maxLength + 1))];
    }
}

export function* goodParameters(parameters) {
    for (const { name, schema: s } of parameters.filter((p) => p.in === 'query')) {
        const q = (v) => `${name}=${encodeURIComponent(v)}`;
        for (const v of s.enum ?? []) yield q(v);
        if (s.minimum !== undefined) yield q(s.minimum);
        if (s.maximum !== undefined) yield q(s.maximum);
        if (!s.enum) yield q(typeOf(s) === 'array' ? sample(s.items) : sample(s));
        if (typeOf(s) === 'string' && !s.enum && !s.pattern)
            for (const v of ['é', 'S-é', '%', "'", '\\', '\u{1f600}', 'x'.repeat(s.maxLength ?? 9)]) yield q(v);
    }
}
