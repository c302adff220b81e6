-- For wrk: POST the bodies in a file; JSON a line each, anything else as one body. Arguments: file and media type.
-- WRK_PAUSE, where it is set, is how many milliseconds a connection waits before each request.
local requests, number = {}, 0
local pause = tonumber(os.getenv("WRK_PAUSE") or "")

if pause then
  -- wrk waits whole milliseconds.
  function delay()
    local whole = math.floor(pause)
    return whole + (math.random() < pause - whole and 1 or 0)
  end
end

function init(arguments)
  local file = assert(io.open(arguments[1], "rb"))
  local headers = { ["Content-Type"] = arguments[2] }
  if arguments[2] == "application/json" then
    for line in file:lines() do
      requests[#requests + 1] = wrk.format("POST", nil, headers, line)
    end
  else
    requests[1] = wrk.format("POST", nil, headers, file:read("*a"))
  end
  file:close()
end

function request()
  number = number % #requests + 1
  return requests[number]
end
