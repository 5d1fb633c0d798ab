# expect: wrong-value 7
# expect: wrong-value 8
# expect: wrong-value 9
function New-SecuDocConnector {
    [CmdletBinding(SupportsShouldProcess)]
    param()
    $connector = @{ Name = 'SecuDoc Out'; ConnectorType = 'OnPremise'
        UseMXRecord = 'false'
        TlsSettings = @('DomainValidation', 'EncryptionOnly'); SmartHosts = 'mail.example.net' }
    if ($PSCmdlet.ShouldProcess('connector', 'create')) { New-OutboundConnector @connector -ErrorAction Stop }
}
New-SecuDocConnector
# repaired 7:     $connector = @{ Name = 'SecuDoc Out'; ConnectorType = 'OnPremises'
# repaired 8:         UseMXRecord = $false
# repaired 9:         TlsSettings = 'DomainValidation'; SmartHosts = 'mail.example.net' }
