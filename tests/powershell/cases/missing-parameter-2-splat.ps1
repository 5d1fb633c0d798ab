# expect: missing-parameter 6
function New-SecuDocConnector {
    [CmdletBinding(SupportsShouldProcess)]
    param()
    $connector = @{ Name = 'SecuDoc In'; ConnectorType = 'OnPremises'; ErrorAction = 'Stop' }
    if ($PSCmdlet.ShouldProcess('connector', 'create')) { New-InboundConnector @connector }
}
New-SecuDocConnector
# repaired 5:     $connector = @{ Name = 'SecuDoc In'; SenderDomains = '*'; ErrorAction = 'Stop' }
