function Set-SecuDocAll {
    [CmdletBinding(SupportsShouldProcess)]
    param([Parameter(Mandatory)][string]$Size, [bool]$Enabled = $true)
    if (-not $PSCmdlet.ShouldProcess('all', 'set')) { return }
    Set-TransportRule -Identity 'x' -SetSCL -1 -Priority 3 -AttachmentSizeOver 1KB -SenderDomainIs 'a', 'b' -ErrorAction Stop
    Set-TransportRule -Identity 'x' -AttachmentSizeOver $Size -MessageTypeMatches OOF -StopRuleProcessing $Enabled -ErrorAction Stop
    Set-RemoteDomain -Identity 'Default' -TNEFEnabled $null -ErrorAction SilentlyContinue
    Set-OutboundConnector -Identity 'x' -SmartHosts @('a.example.net') -IsValidated $true -Enabled ($Size -ne '') -ErrorAction Stop
}
Set-SecuDocAll -Size '2MB'
