-- wrk shops: guests whose tokens it makes up put goods into their carts and look at them. After
-- "--": a file of SKUs, what makes this run's tokens its own, how many guests a thread is, and
-- what they do, a letter an operation, again and again: a(dd), r(ead), p(age).
-- What is the same in every request is put together once, and no answer is handed to Lua.
local seats = 0
function setup(thread)
    seats = seats + 1
    thread:set("seat", seats)
end

local function token(run, i)
    local t = string.format("%s%d-%06d", run, seat, i)
    return t .. string.rep("x", 43 - #t)
end

function init(args)
    local host, guests = wrk.headers["Host"], tonumber(args[3])
    heads, bodies, todo = {}, {}, args[4]
    for i = 1, guests do
        heads[i] = " HTTP/1.1\r\nHost: " .. host .. "\r\nX-Cart-Token: " .. token(args[2], i)
            .. "\r\n"
    end
    for sku in io.lines(args[1]) do
        local body = '{"sku":"' .. sku .. '","quantity":1}'
        bodies[#bodies + 1] = "Content-Type: application/json\r\nContent-Length: " .. #body
            .. "\r\n\r\n" .. body
    end
    sent = 0
end

-- A guest does all of `todo` before the next one comes; each time with other goods.
function request()
    local turn = math.floor(sent / #todo)
    local what, head = todo:byte(sent % #todo + 1), heads[turn % #heads + 1]
    sent = sent + 1
    if what == 97 then
        local goods = turn + math.floor(turn / #heads) * 7
        return "POST /api/v1/cart" .. head .. bodies[goods % 5 + turn % #heads * 5 % #bodies + 1]
    end
    return (what == 112 and "GET /cart" or "GET /api/v1/cart") .. head .. "\r\n"
end
