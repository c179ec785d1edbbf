// Fills every table that can grow with rows like those it has, so that the optimiser chooses as
// it does in a shop that has been open for years. Nothing of a table is written here: what
// is in an index and is not one of few words gets values of its own, the rest is copied.
// Afterwards the rows mean nothing: no shop can go on with this database.

// Tables that stay small in any shop, by what they are.
export const SMALL = new Set(['brand', 'category', 'coupon', 'job_lease', 'sale', 'sale_item', 'schema_migration',
    'shipping_method', 'shipping_zone', 'shipping_zone_country', 'tax_rate', 'webhook_endpoint', 'event_dead', 'low_stock']);

const FEW = 12;

function valueOf(c, few) {
    const own = (expr) => `IF(s.${c.name} IS NULL, NULL, ${expr})`;
    if (c.unique !== true && (!c.indexed || few.has(c.name))) return `s.${c.name}`;
    if (/int/.test(c.type)) return c.type === 'bigint' ? own(c.name.endsWith('_at') ? `s.${c.name} - n.n * 60000` : '1000000 + n.n') : `s.${c.name}`;
    if (/binary/.test(c.type)) return own(`UNHEX(SHA2(CONCAT('${c.name}', n.n), 256))`);
    return own(`LEFT(CONCAT(CHAR(97 + MOD(n.n, 26) USING ascii), n.n, '-', s.${c.name}), ${c.max})`);
}

function* columnsOf(db, table) {
    for (const [name, type, max, indexed, unique] of db.rows(`
        SELECT c.column_name, c.data_type, IFNULL(c.character_maximum_length, 0),
            (SELECT COUNT(*) FROM information_schema.statistics x WHERE x.table_schema = 'souk'
                AND x.table_name = c.table_name AND x.column_name = c.column_name),
            (SELECT COUNT(*) FROM information_schema.statistics x WHERE x.table_schema = 'souk'
                AND x.table_name = c.table_name AND x.column_name = c.column_name
                AND x.non_unique = 0)
        FROM information_schema.columns c WHERE c.table_schema = 'souk' AND c.table_name = '${table}'
            AND c.is_generated = 'NEVER' AND c.extra NOT LIKE '%auto_increment%'`))
        yield { name, type, max: Number(max), indexed: indexed !== '0', unique: unique !== '0' };
}

function wordsOf(db, table, columns) {
    const few = new Set();
    for (const c of columns)
        if (/char/.test(c.type) && !c.unique) {
            const [[n]] = db.rows(`SELECT COUNT(DISTINCT ${c.name}) FROM ${table}`);
            if (Number(n) <= FEW) few.add(c.name);
        }
    return few;
}

const PRELUDE = `SET SESSION unique_checks = 0, foreign_key_checks = 0, check_constraint_checks = 0, sql_mode = '';
    CREATE TEMPORARY TABLE n (n INT NOT NULL PRIMARY KEY);
    INSERT INTO n WITH RECURSIVE d AS (SELECT 0 AS n UNION ALL SELECT n + 1 FROM d WHERE n < 9)
        SELECT a.n * 1000 + b.n * 100 + c.n * 10 + d.n FROM d a JOIN d b JOIN d c JOIN d;`;

// The tables that were empty, which cannot be filled: nothing to copy.
export function fill(db) {
    const tables = db.rows(`SELECT table_name FROM information_schema.tables WHERE table_schema = 'souk'`).map((r) => r[0]);
    const empty = [];
    let sql = PRELUDE;
    for (const table of tables.filter((t) => !SMALL.has(t))) {
        const [[rows]] = db.rows(`SELECT COUNT(*) FROM ${table}`);
        if (rows === '0') {
            empty.push(table);
            continue;
        }
        const columns = [...columnsOf(db, table)];
        const few = wordsOf(db, table, columns);
        sql += `CREATE TEMPORARY TABLE s SELECT x.*, ROW_NUMBER() OVER () - 1 AS row_n FROM ${table} x LIMIT 500;
            ALTER TABLE s ADD PRIMARY KEY (row_n); SET @rows = (SELECT COUNT(*) FROM s);
            INSERT IGNORE INTO ${table} (${columns.map((c) => c.name)}) SELECT ${columns.map((c) => valueOf(c, few))}
                FROM n JOIN s ON s.row_n = MOD(n.n, @rows);
            DROP TEMPORARY TABLE s; ANALYZE TABLE ${table};\n`;
    }
    db.run(sql);
    return { tables, empty };
}
