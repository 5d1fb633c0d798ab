# expect: allowed-parameters 15
$script:AllowedParameters = @{
    'Set-TransportRule' = @('Name')
}
function Select-SecuDocParameter {
    [CmdletBinding()]
    param([string]$Command, [object]$From)
    return @{ Name = $script:AllowedParameters[$Command]; From = $From }
}
function New-SecuDocRule {
    [CmdletBinding(SupportsShouldProcess)]
    param([object]$Rule)
    $new = Select-SecuDocParameter -Command 'New-TransportRule' -From $Rule; $set = Select-SecuDocParameter -Command 'Set-TransportRule' -From $Rule
    if ($PSCmdlet.ShouldProcess('rule', 'create')) {
        New-TransportRule @new -ErrorAction Stop
        Set-TransportRule @set -Identity 'x' -ErrorAction Stop
    }
}
New-SecuDocRule -Rule @{}
# repaired 3:     'Set-TransportRule' = @('Name'); 'New-TransportRule' = @('Name')
