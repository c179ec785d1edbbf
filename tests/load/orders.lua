-- wrk places orders: each an account's, one unit of one SKU, with a key of
-- its own. After "--": a file of access tokens and a file of SKUs, one a line.
-- The machine it runs on is the one it measures: what is the same in every
-- request is put together once, and no answer is handed to Lua.

local function lines(name)
    local all = {}
    for l in io.lines(name) do all[#all + 1] = l end
    return all
end

local address = '"shipping_address":{"name":"Load Test","line1":"1 Bench Street",'
    .. '"city":"Fez","postal_code":"30110","country":"MA"}'

local seats = 0
function setup(thread)
    seats = seats + 1
    thread:set("seat", seats)
end

function init(args)
    local head = "POST /api/v1/orders HTTP/1.1\r\nHost: " .. wrk.headers["Host"]
        .. "\r\nContent-Type: application/json\r\nAuthorization: Bearer "
    heads, bodies = lines(args[1]), {}
    for i, token in ipairs(heads) do
        heads[i] = head .. token .. "\r\nIdempotency-Key: "
    end
    for i, sku in ipairs(lines(args[2])) do
        local body = '{"items":[{"sku":"' .. sku .. '","quantity":1}],' .. address .. '}'
        bodies[i] = "\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
    end
    -- No two runs and no two threads make the same key.
    run = string.format("%s-%d-", args[3], seat)
    sent = 0
end

function request()
    sent = sent + 1
    return heads[sent % #heads + 1] .. run .. sent .. bodies[sent % #bodies + 1]
end

-- There is stock for all of them: whatever is not placed has failed.
function done(summary)
    local e = summary.errors
    io.write(string.format("placed %d refused 0 failed %d seconds %.3f\n",
        summary.requests - e.status, e.status, summary.duration / 1e6))
end
