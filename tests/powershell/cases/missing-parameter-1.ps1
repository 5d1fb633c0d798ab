# expect: missing-parameter 6
function New-SecuDocConnector {
    [CmdletBinding(SupportsShouldProcess)]
    param()
    if ($PSCmdlet.ShouldProcess('connector', 'create')) {
        New-InboundConnector -Name 'SecuDoc In' -ConnectorType OnPremises -RequireTls $true -ErrorAction Stop
    }
}
New-SecuDocConnector
# repaired 6:         New-InboundConnector -Name 'SecuDoc In' -ConnectorType OnPremises -SenderDomains '*' -ErrorAction Stop
