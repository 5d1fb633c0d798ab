# expect: parameter-set 6
function Disconnect-SecuDocExchange {
    [CmdletBinding()]
    param()
    $connection = @{ ConnectionId = 'a'; ModulePrefix = 'b'; ErrorAction = 'Stop' }
    Disconnect-ExchangeOnline @connection -Confirm:$false
}
Disconnect-SecuDocExchange
# repaired 5:     $connection = @{ ModulePrefix = 'b'; ErrorAction = 'Stop' }
