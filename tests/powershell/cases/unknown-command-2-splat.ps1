# expect: unknown-command 6
function New-SecuDocConnector {
    [CmdletBinding(SupportsShouldProcess)]
    param()
    $connector = @{ Name = 'SecuDoc In'; SenderDomains = '*' }
    if ($PSCmdlet.ShouldProcess('connector', 'create')) { New-InboundConector @connector -ErrorAction Stop }
}
New-SecuDocConnector
# repaired 6:     if ($PSCmdlet.ShouldProcess('connector', 'create')) { New-InboundConnector @connector -ErrorAction Stop }
