function New-SecuDocConnector {
    [CmdletBinding(SupportsShouldProcess)]
    param([Parameter(Mandatory)][string]$Name, [switch]$Strict)
    $connector = @{
        Name          = $Name
        ConnectorType = 'OnPremises'
        SenderDomains = '*'   # all of them
    }
    $connector['RequireTls'] = $true
    $connector.Enabled = $false
    $connector += @{ Comment = "made by $Name" }
    if ($Strict) { $connector['RestrictDomainsToCertificate'] = $true }
    if ($PSCmdlet.ShouldProcess($Name, 'create')) {
        New-InboundConnector @connector -ErrorAction Stop
    }
}
New-SecuDocConnector -Name 'SecuDoc In' -Strict
