$script:AllowedParameters = @{
    'New-TransportRule' = @('Name', 'FromMemberOf', 'AttachmentSizeOver', 'RuleErrorAction')
    'Set-TransportRule' = @('Name', 'FromMemberOf')
}
function Select-SecuDocParameter {
    [CmdletBinding()]
    param([Parameter(Mandatory)][string]$Command, [Parameter(Mandatory)][object]$From)
    $chosen = @{}
    foreach ($key in @($From.Keys)) {
        if ($script:AllowedParameters[$Command] -contains $key) { $chosen[$key] = $From[$key] }
    }
    return $chosen
}
function Set-SecuDocRule {
    [CmdletBinding(SupportsShouldProcess)]
    param([Parameter(Mandatory)][object]$Rule, [string]$Identity = '')
    if (-not $PSCmdlet.ShouldProcess('rule', 'set')) { return }
    if ($Identity -eq '') {
        $values = Select-SecuDocParameter -Command 'New-TransportRule' -From $Rule
        New-TransportRule @values -Mode Enforce -ErrorAction Stop
    }
    else {
        $values = Select-SecuDocParameter -Command 'Set-TransportRule' -From $Rule
        $values['Identity'] = $Identity
        Set-TransportRule @values -ErrorAction Stop
    }
}
Set-SecuDocRule -Rule @{ Name = 'x' } -Identity 'x'
