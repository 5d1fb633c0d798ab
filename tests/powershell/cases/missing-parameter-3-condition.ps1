# expect: missing-parameter 7
function New-SecuDocConnector {
    [CmdletBinding(SupportsShouldProcess)]
    param([switch]$All)
    $connector = @{ Name = 'SecuDoc In'; ConnectorType = 'OnPremises' }
    if ($All) { $connector['SenderDomains'] = '*' }
    if ($PSCmdlet.ShouldProcess('connector', 'create')) { New-InboundConnector @connector -ErrorAction Stop }
}
New-SecuDocConnector -All
# repaired 5:     $connector = @{ Name = 'SecuDoc In'; SenderDomains = 'example.net' }
